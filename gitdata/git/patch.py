"""Patch: Git's own diff of files that are not in its repository, with their paths, modes, colours and attributes."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdata.git.program import Git


class Written(NamedTuple):
    """A file of one side, whose content is in a file of its own for the moment."""

    path: bytes  # that the diff shows, relative to the top
    mode: str  # as Git writes it: 100644, 100755 or 120000
    content: Path


def show_patch(
    git: Git, folder: Path, sides: tuple[Sequence[Written], Sequence[Written]], options: Sequence[str]
) -> int:
    """Let Git write the differences to standard output; `folder`, which the caller removes, takes the objects.

    Nothing enters the repository. Raises `GitFailed`.
    """
    objects = folder / "objects"
    objects.mkdir()
    # Compressing is for what stays; and large files are text like others here.
    quick = git.with_settings("core.compression=0", "core.looseCompression=0", "diff.gitdata.textconv=cat")
    apart = quick.adding({"GIT_OBJECT_DIRECTORY": str(objects)})
    trees = [_tree(apart, folder / f"index-{number}", side) for number, side in enumerate(sides)]
    return apart.show("diff", "-p", *options, trees[0], trees[1], "--")


def _tree(git: Git, index: Path, files: Sequence[Written]) -> str:
    git = git.adding({"GIT_INDEX_FILE": str(index)})
    oids = _hashed(git, [file.content for file in files])
    lines = [b"%s %s 0\t%s\0" % (file.mode.encode(), oids[file.content], file.path) for file in files]
    git.run("update-index", "-z", "--add", "--index-info", stdin=b"".join(lines))
    return git.run("write-tree").decode().strip()


def _hashed(git: Git, files: Iterable[Path]) -> Mapping[Path, bytes]:
    listed = list(files)
    if not listed:
        return {}
    asked = b"".join(os.fsencode(file) + b"\n" for file in listed)
    answer = git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=asked)
    return dict(zip(listed, answer.split(), strict=True))
