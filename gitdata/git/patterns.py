"""Pattern files: files whose attributes send their content through the filter, so that Git holds a pointer to it.

In the index they are found by their attribute. In commits, where this Git cannot ask for attributes, the
patterns in the commit's own `.gitattributes` files become pathspecs. Paths are bytes relative to the top.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gitdata import reading
from gitdata.errors import GitDataError, GitFailed
from gitdata.git import attributes, changes, pointers
from gitdata.git.changes import Introduced
from gitdata.git.listing import listed
from gitdata.git.pointers import Staged
from gitdata.git.program import Git
from gitdata.git.texts import Texts
from gitdata.wording import shown

_FILE = b".gitattributes"
_FILES = ":(top,glob)**/.gitattributes"
_LIMIT = 16 << 20  # bytes
_TOGETHER = 500  # commits in one call
_EMPTY_TREE = {40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
               64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"}  # fmt: skip


class Pattern(NamedTuple):
    """A pattern of a `.gitattributes` file."""

    folder: bytes  # where the file lies; empty at the top
    text: bytes  # as Git reads it, unquoted

    @property
    def pathspec(self) -> str:
        """A pathspec that matches what the pattern does: without a slash, names at any depth."""
        inner = self.text.removeprefix(b"/")
        deep = b"" if b"/" in self.text else b"**/"
        folder = _literally(self.folder) + b"/" if self.folder else b""
        return os.fsdecode(b":(top,glob)" + folder + deep + inner)


def _literally(folder: bytes) -> bytes:
    return b"".join(b"\\%c" % byte if byte in b"*?[\\" else b"%c" % byte for byte in folder)


def is_pattern_file(path: bytes) -> bool:
    """Whether the filter may take the content of `path` for data: not a pointer, nor a file that steers Git or us."""
    name = path.rpartition(b"/")[2]
    return not name.startswith(b".git") and not name.endswith(b".gitdata")


def here(git: Git, top: Path) -> list[Pattern]:
    """The patterns that hold in the work tree; quick when there is nothing but the file at the top."""
    found = []
    for path in sorted({*listed(git, "--", _FILES), _FILE}):
        with contextlib.suppress(GitDataError):  # Git does not read a link or a device either
            found += _patterns(path, reading.small(top / os.fsdecode(path), _LIMIT, os.fsdecode(path), top=top) or b"")
    return found


def _patterns(path: bytes, text: bytes) -> list[Pattern]:
    return [Pattern(path.rpartition(b"/")[0], pattern) for pattern in attributes.patterns(text)]


def in_index(git: Git) -> dict[bytes, Staged]:
    """The files in the index whose attribute says so, pointers or not; of one in conflict, our side."""
    return pointers.staged(
        git, ":(top,attr:filter=gitdata)", lambda path, mode: mode.startswith("100") and is_pattern_file(path)
    )


def at(git: Git, revision: str) -> dict[bytes, str]:
    """The files of a revision that its patterns match, pointers or not; `GitFailed` when there is no such revision."""
    asked = f"{revision}^{{tree}}\n".encode()
    answer = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).decode().split()
    if len(answer) != 2 or answer[1] != "tree":
        raise GitFailed(f"there is no revision '{shown(revision)}'", "see `git log --all`")
    held = _at_commits(git, answer[:1]).get(answer[0], [])
    found = _tree(git, answer[0], [pattern.pathspec for pattern in held]) if held else []
    return {item.path: item.oid for item in found if is_pattern_file(item.path)}


def _at_commits(git: Git, commits: Sequence[str]) -> dict[str, list[Pattern]]:
    """The patterns in the `.gitattributes` files of commits (or trees), by id; those without any are left out."""
    found: dict[str, list[Pattern]] = {}
    for start in range(0, len(commits), _TOGETHER):
        some = commits[start : start + _TOGETHER]
        answer = git.run("grep", "-a", "-z", "-F", "-e", "filter=gitdata", *some, "--", _FILES, highest=1)
        for line in answer.split(b"\n"):
            where, _, text = line.partition(b"\0")
            commit, _, path = where.partition(b":")
            if held := _patterns(path, text):
                found.setdefault(commit.decode(), []).extend(held)
    return found


def _tree(git: Git, commit: str, specs: Sequence[str]) -> list[Introduced]:
    # Not `diff-tree`, which takes a sparse index apart before 2.43, although it does not need any.
    raw = git.run(
        "diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff",
        _EMPTY_TREE[len(commit)], commit, "--", *specs,
    )  # fmt: skip
    return [item for item in changes.raw_items(raw) if item.mode.startswith("100")]


class InCommits(NamedTuple):
    """The pattern files of a range of commits."""

    files: list[Introduced]  # every version of each, oldest first
    carried: list[Introduced]  # of what the tips have, what came with these commits, or the pattern for it did


def introduced(git: Git, tips: Sequence[str], excluded: Sequence[str]) -> InCommits:
    """The pattern files in the commits reachable from `tips` and not from `excluded`.

    The tips always count whole. What the files hold is for the caller to look at: one that was committed
    before its pattern was tracked is no pointer.
    """
    found_at = _at_commits(git, changes.tip_commits(git, tips))
    changed = changes.changes(git, tips, excluded, [_FILES])
    files = {(item.oid, item.path) for item in changed if item.oid.strip("0")}
    # Commits before the first change of an attributes file in this range lived by what was there before it.
    files |= {(item.before, item.path) for item in changed if item.before}
    contents = Texts(git, dict.fromkeys((oid for oid, _path in files), _LIMIT))
    patterns = {pattern for oid, path in files for pattern in _patterns(path, contents.get(oid, b""))}
    patterns.update(pattern for found in found_at.values() for pattern in found)
    if not patterns:
        return InCommits([], [])
    specs = sorted(pattern.pathspec for pattern in patterns)
    found: dict[tuple[bytes, str], Introduced] = {}
    for item in changes.changes(git, tips, excluded, specs):
        if item.oid.strip("0") and item.mode.startswith("100") and is_pattern_file(item.path):
            found.setdefault((item.path, item.oid), item)
    came = set(found)
    carried: dict[tuple[bytes, str], Introduced] = {}
    for tip, held in found_at.items():
        for item in _tree(git, tip, [pattern.pathspec for pattern in held]):
            key = (item.path, item.oid)
            if is_pattern_file(item.path):
                found.setdefault(key, Introduced(item.path, item.oid, tip))
                if changed or key in came:
                    carried[key] = found[key]
    return InCommits(list(found.values()), list(carried.values()))


def ever(git: Git, tips: Sequence[str], top: Path) -> list[str]:
    """Pathspecs for the patterns that any commit reachable from `tips`, or the work tree, has or had."""
    return sorted({*in_commits(git, tips), *(pattern.pathspec for pattern in here(git, top))})


def in_commits(git: Git, tips: Sequence[str]) -> list[str]:
    """Pathspecs for the patterns that any commit reachable from `tips` has or had."""
    changed = changes.changes(git, tips, [], [_FILES])
    files = {(item.oid, item.path) for item in changed if item.oid.strip("0") and item.mode.startswith("100")}
    contents = Texts(git, dict.fromkeys((oid for oid, _path in files), _LIMIT))
    found = {pattern for oid, path in files for pattern in _patterns(path, contents.get(oid, b""))}
    return sorted(pattern.pathspec for pattern in found)


def in_history(git: Git, path: bytes, oid: str) -> bool:
    """Whether some commit (of any ref, or one that is being merged) has this version of a file."""
    merged = ["MERGE_HEAD"] if git.ok("rev-parse", "--verify", "--quiet", "MERGE_HEAD") else []
    spec = f":(top,literal){os.fsdecode(path)}"
    found = git.run("log", "--all", "--format=%h", "-m", "--max-count=1", f"--find-object={oid}", *merged, "--", spec)
    return bool(found.strip())
