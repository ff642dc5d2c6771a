"""The work trees of a repository: their Git directories, what their indexes name, and what they are busy with."""

import contextlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdata.errors import GitFailed
from gitdata.git.program import Git
from gitdata.values import replace

_ID = re.compile(r"^[0-9a-f]{40}(?:[0-9a-f]{24})?\b", re.M)
_BUSY = ("*_HEAD", "rebase-*/autostash", "rebase-*/orig-head", "rebase-*/onto", "rebase-*/amend", "sequencer/head")
_AT_WORK = ("index.lock", "index.stash.*", "next-index-*")
_LIMIT = 1 << 20  # bytes
_LEFT_S = 24 * 3600


class InIndex(NamedTuple):
    """A file that an index or a commit names."""

    path: bytes
    oid: str


def git_dirs(common_dir: Path) -> list[Path]:
    """The Git directories of all work trees; that of the main one, which need not have any, first."""
    linked = common_dir / "worktrees"
    return [common_dir, *sorted(one for one in (linked.iterdir() if linked.is_dir() else ()) if one.is_dir())]


def top_of(git_dir: Path, common_dir: Path) -> Path | None:
    """The top of the work tree that has a Git directory, if it is in the usual place."""
    if git_dir == common_dir:
        return git_dir.parent if git_dir.name == ".git" else None
    try:
        return Path((git_dir / "gitdir").read_text(errors="surrogateescape").strip()).parent
    except OSError:
        return None


def busy_with(git_dir: Path) -> list[str]:
    """The ids of commits that a merge, rebase, pick or fetch of a work tree has written down; no ref may name them."""
    found = []
    for pattern in _BUSY:
        for file in git_dir.glob(pattern):
            with contextlib.suppress(OSError), file.open(errors="replace") as content:
                found += _ID.findall(content.read(_LIMIT))
    return list(dict.fromkeys(found))


def named(git: Git, git_dir: Path, specs: Sequence[str]) -> Iterator[InIndex]:
    """The files that the index of a work tree names and `specs` match, in conflicts all sides; and all of its HEAD."""
    there = replace(git, settings=(*git.settings, f"--git-dir={git_dir}"), sparse=False)
    environment = {"GIT_INDEX_FILE": str(git_dir / "index")}
    if (git_dir / "index").exists():
        listed = there.run("ls-files", "-s", "-z", "--full-name", "--", *specs, environment=environment)
        for item in listed.split(b"\0")[:-1]:
            head, _, path = item.partition(b"\t")
            yield InIndex(path, head.decode().split(" ")[1])
    with contextlib.suppress(GitFailed):  # there is no commit yet
        for item in there.run("ls-tree", "-r", "-z", "--full-tree", "HEAD").split(b"\0")[:-1]:
            head, _, path = item.partition(b"\t")
            yield InIndex(path, head.decode().split(" ")[2])


def at_work(git_dirs: Iterable[Path]) -> Path | None:
    """The lock of a Git command that is changing the index of one of these work trees just now."""
    found = (file for one in git_dirs for pattern in _AT_WORK for file in one.glob(pattern))
    return next((file for file in found if file.name == "index.lock" or _is_young(file)), None)


def _is_young(file: Path) -> bool:
    """Whether an index for a moment is one, and was not left behind by a process that was killed: Git minds none."""
    try:
        return time.time() - file.stat().st_mtime < _LEFT_S
    except FileNotFoundError:
        return False
