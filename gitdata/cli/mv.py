"""git data mv: give tracked data another name, together with its pointer."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready


def mv(
    source: Annotated[str, typer.Argument(metavar="OLD", help="A tracked directory or file, here or moved already.")],
    target: Annotated[str, typer.Argument(metavar="NEW", help="Its new path, or the directory to move it into.")],
    json: AsJson = False,
) -> None:
    """Move tracked data, its pointer and its line in .gitignore; also after it was moved by hand."""
    from gitdata import terminal
    from gitdata.ops.tracking.move import move as op

    done = op(ready(), source, target)
    if json:
        show_json(done)
        return
    terminal.say(
        f"{terminal.safe(done.old)} is {terminal.safe(done.new)} now, like its pointer; record it with `git commit`"
    )
    if done.unstaged:
        terminal.say(f"  {terminal.count(done.unstaged, 'file')} of it taken out of Git's index again")
