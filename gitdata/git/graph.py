"""Commits and how they descend from each other, and which versions of a few files each of them has.

Revisions are words as git-log(1) takes them: names, `A..B`, `^A`, `--all`, `--branches`, `--tags`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitdata.errors import GitFailed
from gitdata.git.changes import Introduced, raw_items, tip_commits
from gitdata.git.listing import exactly
from gitdata.git.program import Git
from gitdata.values import frozen
from gitdata.wording import shown

Versions = tuple[str | None, ...]
"""For each of some paths the object id of the file there; None where there is none."""


class Commit(NamedTuple):
    """One commit."""

    id: str
    time: int  # seconds since the epoch, of the committer
    parents: tuple[str, ...]


@frozen
class Graph:
    """The commits that some revisions reach."""

    revisions: tuple[str, ...]  # what was asked for, as ids: those with `^` are left out with all they reach
    tips: tuple[str, ...]
    commits: dict[str, Commit]  # children before their parents
    first_parent: bool


def read_graph(git: Git, words: Sequence[str], *, first_parent: bool = False) -> Graph:
    """The commits that `words` reach (none: HEAD); raises `GitFailed` naming a revision that does not exist."""
    ids = revisions(git, words)
    tips = tip_commits(git, [oid for oid in ids if not oid.startswith("^")])
    revs = (*tips, *(oid for oid in ids if oid.startswith("^")))
    if not tips:
        return Graph(revs, (), {}, first_parent)
    only = ("--first-parent",) if first_parent else ()
    said = git.run(
        "log", "--no-show-signature", "--topo-order", "--format=%H %ct %P", *only, "--stdin", stdin=_lines(revs)
    )
    commits = {}
    for line in said.decode().splitlines():
        oid, time, *parents = line.split()
        commits[oid] = Commit(oid, int(time), tuple(parents[:1] if first_parent else parents))
    return Graph(revs, tuple(tip for tip in tips if tip in commits), commits, first_parent)


def revisions(git: Git, words: Sequence[str]) -> list[str]:
    """The object ids that `words` stand for, those to leave out with `^`; raises `GitFailed` naming a wrong one."""
    found: list[str] = []
    for word in words or ["HEAD"]:
        try:
            answer = git.run("rev-parse", "--revs-only", word, "--").decode().split()
        except GitFailed as error:
            raise _no_revision(git, word) from error
        if not answer and not word.startswith(("--all", "--branches", "--tags", "--remotes")):
            raise _no_revision(git, word)
        found += answer
    return found


def _no_revision(git: Git, word: str) -> GitFailed:
    if word == "HEAD" and not git.ok("rev-parse", "--verify", "--quiet", "HEAD"):
        return GitFailed("there is no commit yet", "make one: `git commit`")
    return GitFailed(f"there is no revision '{shown(word)}'", "see `git log --all`")


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()


def versions_of(git: Git, graph: Graph, paths: Sequence[bytes]) -> dict[str, Versions]:
    """For every commit of `graph`, and for those right below it, which versions of the files `paths` it has.

    Paths are relative to the top. Time goes by the commits, and by those that changed one of the files.
    """
    nothing: Versions = (None,) * len(paths)
    if not paths:
        return dict.fromkeys((*graph.commits, *below(graph)), nothing)
    number = {path: index for index, path in enumerate(paths)}
    changed: dict[str, dict[int, str | None]] = {}
    for item in _raw(git, graph, [*map(exactly, paths)]):
        if item.path in number:
            there = item.oid if item.mode.startswith("100") else None
            changed.setdefault(item.commit, {})[number[item.path]] = there
    found = at_commits(git, sorted(below(graph)), paths)
    for commit in reversed(graph.commits.values()):
        had = found[commit.parents[0]] if commit.parents else nothing
        news = changed.get(commit.id)
        if news:
            edited = list(had)
            for index, oid in news.items():
                edited[index] = oid
            had = tuple(edited)
        found[commit.id] = had
    return found


def below(graph: Graph) -> set[str]:
    """The parents of its commits that do not belong to it."""
    return {parent for commit in graph.commits.values() for parent in commit.parents if parent not in graph.commits}


def changed_paths(git: Git, graph: Graph, specs: Sequence[str]) -> set[bytes]:
    """The files that `specs` match and that some commit of `graph` has changed, or the newest ones have."""
    found = {item.path for item in _raw(git, graph, specs)}
    if graph.revisions != graph.tips:  # others were left out, with what they have changed
        empty = git.run("hash-object", "-t", "tree", "--stdin", stdin=b"").decode().strip()
        for tip in graph.tips:
            said = git.run("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", empty, tip, "--", *specs)
            found.update(said.split(b"\0")[:-1])
    return found


def _raw(git: Git, graph: Graph, specs: Sequence[str]) -> Iterator[Introduced]:
    """What the commits of `graph` did to the files that `specs` match, against each of their parents."""
    if not graph.tips:
        return iter(())
    only = ("--first-parent",) if graph.first_parent else ()
    raw = git.run(
        "log", "--no-show-signature", "--format=%x01%H", "--raw", "-z", "--no-abbrev", "-m", "--root", "--no-renames",
        "--full-history", *only, "--stdin", "--", *specs,
        stdin=_lines(graph.revisions),
    )  # fmt: skip
    return iter(raw_items(raw))


def at_commits(git: Git, commits: Sequence[str], paths: Sequence[bytes]) -> dict[str, Versions]:
    """The versions in `commits`, looked up one by one; a path with a newline is not found."""
    if not commits:
        return {}
    asked = b"".join(b"%s:%s\n" % (commit.encode(), path.replace(b"\n", b"\0")) for commit in commits for path in paths)
    lines = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).split(b"\n")
    oids = [line[: -len(b" blob")].decode() if line.endswith(b" blob") else None for line in lines]
    width = len(paths)
    return {commit: tuple(oids[row * width : (row + 1) * width]) for row, commit in enumerate(commits)}


def changed_between(
    git: Git, before: str, after: str, specs: Sequence[str]
) -> list[tuple[bytes, str | None, str | None]]:
    """The files that `specs` match and that differ between two commits, with the ids of their versions."""
    raw = git.run("diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", before, after, "--", *specs)
    return [(item.path, item.before, item.oid if item.mode.startswith("100") else None) for item in raw_items(raw)]
