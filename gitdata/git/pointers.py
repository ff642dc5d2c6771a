"""Pointers in Git's index, commits and object store. Paths are relative to the top, object ids hex text.

A file that is named as a pointer and whose data could not lie where its name says is none (formats/pointer_path.py).
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gitdata.errors import GitFailed, UnsafeName
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.git import objects
from gitdata.git.changes import Introduced, changes, raw_items, tip_commits
from gitdata.git.listing import exactly, in_parts, listed
from gitdata.git.objects import blob_id
from gitdata.git.program import Git
from gitdata.wording import shown

LIMIT = 8 << 20  # bytes; a larger blob is no pointer
_PATTERN = "*.gitdata"  # a pathspec: `*` matches `/` too
_FILE_MODES = ("100644", "100755")


class Staged(NamedTuple):
    """One entry of the index."""

    oid: str
    mode: str
    stage: int  # 0 merged; 1 to 3 while it is in conflict

    def has(self, text: bytes) -> bool:
        """Whether it is the file with this content."""
        return self.oid == blob_id(text, sha256=len(self.oid) == 64)


class Named(NamedTuple):
    """The files of the index that are named as pointers."""

    pointers: dict[bytes, Staged]
    refused: dict[bytes, UnsafeName]  # those that cannot be pointers where they are


def _pointer(path: bytes, mode: str) -> PointerPath | None:
    """The path of a pointer; None for another file, and for a link or a submodule of such a name."""
    found = checked(path) if mode in _FILE_MODES else None
    return found if isinstance(found, PointerPath) else None


def in_index(git: Git) -> Named:
    """The pointers in the index (the one Git names in GIT_INDEX_FILE); of one in conflict, our side."""
    found: dict[bytes, Staged] = {}
    refused: dict[bytes, UnsafeName] = {}
    for path, entry in staged(git, f":(top){_PATTERN}", lambda _path, mode: mode in _FILE_MODES).items():
        pointer = checked(path)
        if isinstance(pointer, UnsafeName):
            refused[path] = pointer
        elif pointer is not None:
            found[pointer] = entry
    return Named(found, refused)


def staged(git: Git, spec: str, fits: Callable[[bytes, str], bool]) -> dict[bytes, Staged]:
    """The entries of the index that `spec` matches and whose path and mode are fit; in conflict, our side."""
    found: dict[bytes, Staged] = {}
    for item in listed(git, "-s", "--", spec):
        head, _, path = item.partition(b"\t")
        mode, oid, stage = head.decode().split(" ")
        if fits(path, mode) and (path not in found or int(stage) == 2):
            found[path] = Staged(oid, mode, int(stage))
    return found


def unmerged(git: Git) -> dict[bytes, dict[int, str]]:
    """The pointers in conflict: object ids by stage (1 the common ancestor, 2 ours, 3 theirs)."""
    found: dict[bytes, dict[int, str]] = {}
    for item in listed(git, "-u", "--", f":(top){_PATTERN}"):
        head, _, path = item.partition(b"\t")
        mode, oid, stage = head.decode().split(" ")
        if (pointer := _pointer(path, mode)) is not None:
            found.setdefault(pointer, {})[int(stage)] = oid
    return found


def added_and_removed(git: Git) -> tuple[list[bytes], list[bytes]]:
    """The pointers that are in the index and not in the last commit, and those it is the other way round with."""
    raw = git.run(
        "diff", "--cached", "--name-status", "--no-renames", "--diff-filter=AD", "--no-ext-diff", "-z",
        "--", f":(top){_PATTERN}",
    )  # fmt: skip
    fields = raw.split(b"\0")[:-1]
    found = [(kind, checked(path)) for kind, path in zip(fields[::2], fields[1::2], strict=True)]
    added, removed = ([path for kind, path in found if kind == wanted] for wanted in (b"A", b"D"))
    return [path for path in added if isinstance(path, PointerPath)], [
        path for path in removed if isinstance(path, PointerPath)
    ]


def staged_changes(git: Git) -> list[Introduced]:
    """The pointers whose version in the index differs from that of the last commit; zeros where they are taken away."""
    # Before 2.43 `git diff-index` takes a sparse index apart.
    raw = git.run(
        "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--", f":(top){_PATTERN}"
    )
    return [item for item in raw_items(raw) if isinstance(checked(item.path), PointerPath)]


def staged_text(git: Git, path: bytes) -> bytes | None:
    """The content of a file in the index, None when it is not there."""
    name = in_index_as(git, path)
    return next(_read(git, [name]), None) if name is not None else None


def in_index_as(git: Git, path: bytes) -> str | None:
    """A name for the version of `path` in the index."""
    if not git.sparse:
        return f":0:{os.fsdecode(path)}"
    # By that name Git would look for it in an index that it has taken apart first.
    found = staged(git, f":(top,literal){os.fsdecode(path)}", lambda other, _mode: other == path).get(path)
    return None if found is None or found.stage else found.oid


def ignored(git: Git, path: bytes, *, directory: bool) -> bool:
    """Whether ignore rules keep `path` out of Git."""
    return git.ok("check-ignore", "-q", "--no-index", "--", os.fsdecode(path) + ("/" if directory else ""))


def at(git: Git, revision: str) -> dict[bytes, str]:
    """The pointers of a revision; `GitFailed` when there is no such revision."""
    try:
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", revision)
    except GitFailed as error:
        raise GitFailed(f"there is no revision '{shown(revision)}'", "see `git log --all`") from error
    found: dict[bytes, str] = {}
    for item in listed.split(b"\0"):
        head, _, path = item.partition(b"\t")
        if path.endswith(b".gitdata"):
            mode, _kind, oid = head.decode().split(" ")
            if (pointer := _pointer(path, mode)) is not None:
                found[pointer] = oid
    return found


def at_head(git: Git) -> dict[bytes, str]:
    """The pointers of the last commit; none before the first."""
    try:
        return at(git, "HEAD")
    except GitFailed:
        return {}


def recorded(git: Git, path: bytes) -> list[bytes]:
    """The texts of one pointer in the index and in the last commit, as far as it is there."""
    names = [in_index_as(git, path), f"HEAD:{os.fsdecode(path)}"]
    return [text for text in _read(git, [name for name in names if name]) if text is not None]


def read(git: Git, oids: Iterable[str], limit: int = LIMIT) -> dict[str, bytes]:
    """The contents of blobs by id, in one process; of those that have more bytes than `limit` the first, and one more.

    Raises `GitFailed` for an object that is missing.
    """
    wanted = list(dict.fromkeys(oids))
    found = dict(zip(wanted, _read(git, wanted, limit), strict=True)) if wanted else {}
    return {oid: _there(oid, text) for oid, text in found.items()}


def _there(oid: str, text: bytes | None) -> bytes:
    if text is None:
        raise GitFailed(f"object {oid} is missing from the repository", "run `git fsck`")
    return text


def _read(git: Git, names: Sequence[str], limit: int = LIMIT) -> Iterator[bytes | None]:
    """The contents of blobs, cut after the limit; None for each that there is not."""
    asking = git.asking("cat-file", "--batch")
    try:
        yield from asking.contents([os.fsencode(name) for name in names], limit)
    finally:
        asking.close()


def introduced(git: Git, tips: Sequence[str], excluded: Sequence[str]) -> list[Introduced]:
    """Every version of every pointer in the commits reachable from `tips` and not from `excluded`, oldest first.

    Merges count with what they have against each parent, and the pointers at the tips always do, also
    when an earlier commit made them. `excluded` may name commits that are not here.
    What counts is the history that Git sends, which knows of no replaced commits (git-replace(1)).
    """
    git = git.adding({"GIT_NO_REPLACE_OBJECTS": "1"})
    found: dict[tuple[bytes, str], Introduced] = {}
    for item in changes(git, tips, excluded, [f":(top){_PATTERN}"]):
        if _pointer(item.path, item.mode) is not None:
            found.setdefault((item.path, item.oid), item)
    for commit in tip_commits(git, tips):
        for path, oid in at(git, commit).items():
            found.setdefault((path, oid), Introduced(path, oid, commit))
    return list(found.values())


def history(git: Git, tip: str, path: bytes, limit: int) -> list[str]:
    """The versions of one pointer in the history of `tip`, newest first, at most `limit`."""
    return histories(git, tip, [path], limit)[path]


def histories(git: Git, tip: str, paths: Sequence[bytes], limit: int) -> dict[bytes, list[str]]:
    """The versions of each of several pointers in the history of `tip`, newest first, at most `limit` of each."""
    found: dict[bytes, dict[str, None]] = {path: {} for path in paths}
    for some in in_parts(paths):
        # Of many it is not known how many commits have the last `limit` of each.
        enough = (f"--max-count={limit}",) if len(some) == 1 else ()
        for item in _history(git, tip, some, *enough):
            if item.path in found:
                found[item.path][item.oid] = None
    return {path: list(oids)[:limit] for path, oids in found.items()}


def everywhere(git: Git, path: bytes, limit: int) -> list[str]:
    """The versions of one pointer in the history of every branch and tag, newest first, at most `limit`."""
    found = _history(git, None, [path], f"--max-count={limit}", "--branches", "--remotes", "--tags")
    return list(dict.fromkeys(item.oid for item in found if item.path == path))[:limit]


def _history(git: Git, tip: str | None, paths: Sequence[bytes], *options: str) -> Iterable[Introduced]:
    tips = [tip] if tip is not None else []
    raw = git.run(
        "log", "--no-show-signature", "--format=%x01%H", "--raw", "-z", "--no-abbrev", "-m", "--root", "--no-renames",
        "--diff-filter=d", *options, "--end-of-options", *tips, "--", *map(exactly, paths),
    )  # fmt: skip
    return raw_items(raw)


class Brought(NamedTuple):
    """A commit, for people."""

    id: str
    author: str


def who_brought(git: Git, path: bytes, content: bytes) -> Brought | None:
    """The first commit of any ref that has `content` (an id) in the pointer at `path`.

    Where a pointer does not name what it has, the last commit that has changed it.
    """
    searches = (("--all", f"-S{content.hex()}"), ("-1", "HEAD"))
    for search in searches:
        with contextlib.suppress(GitFailed):
            found = git.run("log", "--no-show-signature", "--format=%H %an <%ae>", *search, "--", exactly(path))
            lines = found.decode(errors="replace").splitlines()
            if lines:
                commit, _, author = lines[-1].partition(" ")
                return Brought(commit, author)
    return None


def stage(git: Git, contents: Mapping[bytes, bytes], index_files: Sequence[str | None] = (None,)) -> None:
    """Put pointer texts into the index (or the index files named; None: the one Git uses now)."""
    oids = objects.write(git, list(contents.values()))
    lines = [b"100644 %s 0\t%s\0" % (oid.encode(), path) for path, oid in zip(contents, oids, strict=True)]
    for index_file in index_files:
        environment = {"GIT_INDEX_FILE": index_file} if index_file else None
        git.run("update-index", "-z", "--add", "--index-info", stdin=b"".join(lines), environment=environment)


def refresh(git: Git, paths: Iterable[bytes]) -> None:
    """Put pointers into the index as they are in the work tree, with stat data; `GitFailed` where it is locked."""
    unfiltered = git.with_settings("filter.gitdata.clean=")
    unfiltered.run("update-index", "-z", "--stdin", stdin=b"".join(path + b"\0" for path in paths))


def add(git: Git, *paths: bytes) -> None:
    """Stage files as they are in the work tree; neither ignore rules nor letters that mean something to Git count."""
    for some in in_parts(paths):
        git.run("add", "-f", "--", *map(exactly, some))


def remove(git: Git, paths: Sequence[bytes]) -> None:
    """Take pointers out of the index."""
    git.run("update-index", "-z", "--force-remove", "--stdin", stdin=b"".join(path + b"\0" for path in paths))
