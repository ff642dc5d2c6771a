"""git data untrack: stop versioning the data of a directory."""

from typing import Annotated

import typer

from gitdata.cli.place import ready


def untrack(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Tracked directories, or patterns.")],
) -> None:
    """Stop tracking directories; their files stay where they are, history stays too."""
    from gitdata import terminal
    from gitdata.ops.tracking.untrack import untrack as op

    done = op(ready(), paths)
    for path in (*done.roots, *done.patterns):
        terminal.say(f"no longer tracking {terminal.safe(path)}; its files are left as they are")
    if done.returned:
        terminal.say(
            f"{terminal.count(len(done.returned), 'file')} staged whole: the next commit puts them into Git itself"
        )
