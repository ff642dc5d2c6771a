"""Patch: Git's own diff of files that are not in its repository, with their paths, modes, colours and attributes."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdata.git.program import Git
from gitdata.wording import octal


class Written(NamedTuple):
    """A file of one side, whose content is in a file of its own for the moment."""

    path: bytes  # that the diff shows, relative to the top
    mode: str  # as Git writes it: 100644, 100755 or 120000
    content: Path


Sides = tuple[Sequence[Written], Sequence[Written]]


def show_patch(git: Git, folder: Path, sides: Sides, options: Sequence[str]) -> int:
    """Let Git write the differences to standard output; `folder`, which the caller removes, takes the objects.

    Nothing enters the repository. Raises `GitFailed`.
    """
    apart, trees = _trees(git, folder, sides)
    return apart.show("diff", "-p", *options, *trees, "--")


def patches(
    git: Git, folder: Path, sides: Sides, names: Mapping[bytes, tuple[bytes, bytes]], options: Sequence[str]
) -> dict[bytes, bytes]:
    """The same as bytes, by what both paths of a file have for `names`, with the lines with which Git begins a file."""
    apart, trees = _trees(git, folder, sides)
    plain = ("--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/")
    quoted = apart.with_settings("core.quotepath=true")
    # Lines of contents begin with one of ` +-\\@`, so this is where a file begins.
    sections = re.split(rb"^(?=diff --git )", quoted.run("diff", "-p", *options, *plain, *trees, "--"), flags=re.M)[1:]
    by_head = {section.partition(b"\n")[0]: section for section in sections}
    heads = {name: b"diff --git %s %s" % (octal(b"a/" + one), octal(b"b/" + two)) for name, (one, two) in names.items()}
    return {name: by_head[head] for name, head in heads.items() if head in by_head}


def _trees(git: Git, folder: Path, sides: Sides) -> tuple[Git, list[str]]:
    """The trees of both sides, and a Git that knows them."""
    objects = folder / "objects"
    objects.mkdir()
    # Compressing is for what stays; and large files are text like others here.
    quick = git.with_settings("core.compression=0", "core.looseCompression=0", "diff.gitdata.textconv=cat")
    apart = quick.adding({"GIT_OBJECT_DIRECTORY": str(objects)})
    return apart, [_tree(apart, folder / f"index-{number}", side) for number, side in enumerate(sides)]


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
