"""What Git lists of its index, without taking apart what a sparse checkout has put together in it."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence

from gitdata.errors import GitFailed
from gitdata.git.program import Git

_PATHS = 500  # in one command line: they are short as a rule, and together may have 2 MiB


def listed(git: Git, *words: str) -> list[bytes]:
    """What `git ls-files -z` prints for `words`.

    Directories that a sparse checkout leaves out as a whole stay one entry of the index, as Git keeps them: to list
    what is in them takes seconds in a large repository. The data of pointers there is left out, too.
    """
    if git.sparse:
        with contextlib.suppress(GitFailed):  # Git before 2.36 does not know the word
            return _fields(git.run("ls-files", "--sparse", "-z", "--full-name", *words))
    return _fields(git.run("ls-files", "-z", "--full-name", *words))


def _fields(answer: bytes) -> list[bytes]:
    return answer.split(b"\0")[:-1]


def left_out(git: Git, paths: Iterable[bytes]) -> set[bytes]:
    """Those of the pointers `paths` in the index that a sparse checkout keeps out of the work tree."""
    wanted = set(paths)
    marks = {item[2:]: item[:1] for item in listed(git, "-t", "--", ":(top)*.gitdata")}
    found = {path for path in wanted if marks.get(path) == b"S"}
    if git.sparse and (inside := {path: above(path) for path in wanted - marks.keys()}):
        folders = sorted({os.fsdecode(folder) for folders in inside.values() for folder in folders})
        entries = set(listed(git, "--", *(f":(top,literal){folder}" for folder in folders))) if folders else set()
        found |= {path for path, folders in inside.items() if any(folder + b"/" in entries for folder in folders)}
    return found


def above(path: bytes) -> list[bytes]:
    """The folders that `path` lies in."""
    parts = path.split(b"/")[:-1]
    return [b"/".join(parts[: count + 1]) for count in range(len(parts))]


def exactly(path: bytes) -> str:
    """A pathspec for `path` and what is below it, whatever letters it has."""
    return f":(top,literal){os.fsdecode(path)}"


def in_parts(paths: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """`paths` in parts that fit into one command line each."""
    for start in range(0, len(paths), _PATHS):
        yield paths[start : start + _PATHS]
