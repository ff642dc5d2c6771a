"""What Git itself tracks where data is to be."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitdata.errors import GitFailed
from gitdata.git.listing import above, exactly, in_parts
from gitdata.git.program import Git


class Held(NamedTuple):
    """What the index has at and around a path."""

    files: list[bytes]  # at or below it; of one in conflict several times
    submodule: bytes | None  # that it is, or lies in


def held(git: Git, paths: Iterable[bytes]) -> dict[bytes, Held]:
    """What Git itself tracks at and around each of `paths`, asked for together."""
    ways = {path: _folders(path) for path in paths}
    files: dict[bytes, list[bytes]] = {path: [] for path in ways}
    submodules: set[bytes] = set()
    # Of a submodule Git says nothing when it is asked for what is inside of it.
    for some in in_parts(list(dict.fromkeys(folder for folders in ways.values() for folder in folders))):
        wanted = set(some)
        for item in git.run("ls-files", "-s", "-z", "--full-name", "--", *map(exactly, some)).split(b"\0")[:-1]:
            head, _, name = item.partition(b"\t")
            if head.startswith(b"160000 "):
                submodules.add(name)
            for folder in _folders(name):
                if folder in wanted and folder in files:
                    files[folder].append(name)
    return {
        path: Held(files[path], next((folder for folder in folders if folder in submodules), None))
        for path, folders in ways.items()
    }


def in_commit(git: Git, revision: str, paths: Sequence[bytes]) -> set[bytes]:
    """Those of `paths` at which the tree of `revision` has something; none where there is no such revision."""
    found: set[bytes] = set()
    for some in in_parts(paths):
        words = ("--full-tree", "-z", "--name-only", revision, "--", *map(os.fsdecode, some))
        try:
            found.update(git.run("ls-tree", *words).split(b"\0")[:-1])
        except GitFailed:
            return set()
    return found


def _folders(path: bytes) -> list[bytes]:
    """The folders on the way to `path`, and itself."""
    return [*above(path), path]
