"""git data diff-driver: what `git diff` shows of a pointer where `gitdata.diff` is `content`. Called by Git."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gitdata.cli.colour import palette


def diff_driver(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGUMENT]...")] = None,
) -> None:
    """Show how the files of two versions of a pointer differ (`diff.gitdata.command`). Called by Git.

    Nothing is fetched, and nothing makes `git diff` fail: what cannot be shown is said in a line.
    """
    from gitdata import terminal, workspace
    from gitdata.cli import diff_patch, diff_text
    from gitdata.cli.diff_wanted import Wanted
    from gitdata.errors import GitDataError, Offline, UsageError
    from gitdata.ops.looking.diff_pointers import diff_pointers
    from gitdata.ops.versions.opened import opened

    words = arguments or []
    if len(words) == 1:  # in conflict: Git has no two versions to compare
        print(f"* Unmerged path {terminal.safe(words[0])}")
        return
    if len(words) < 7:
        raise UsageError("Git calls this with the path and two versions of a pointer")
    path, sides = words[0], (_text(words[1]), _text(words[4]))
    try:
        place = workspace.anywhere()
        colours = palette(place)
        with opened(place, offline=True) as source:
            found = diff_pointers(source, os.fsencode(path), *sides)
            try:
                diff_patch.show(source, found, colours, Wanted(()))
            except Offline as error:
                for line in diff_text.lines(found, colours):
                    print(line)
                print(f"contents: {terminal.safe(str(error))} (`git data diff -p` fetches them)")
    except GitDataError as error:
        print(f"{terminal.safe(path)}: the data cannot be compared: {terminal.safe(str(error))}")


def _text(file: str) -> bytes | None:
    """The text of a pointer; None for a side that has none."""
    from gitdata.formats.pointer import LIMIT

    if file == os.devnull:
        return None
    with Path(file).open("rb") as opened:
        return opened.read(LIMIT + 1)
