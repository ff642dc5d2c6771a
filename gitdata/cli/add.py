"""git data add: record data now instead of at the next commit."""

from typing import Annotated

import typer

from gitdata.cli.place import ready


def add(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Tracked directories or files.")
    ] = None,
) -> None:
    """Snapshot tracked data as it is now and stage the pointers (`git commit` does this by itself)."""
    from gitdata import terminal
    from gitdata.ops.recording.add import add as op
    from gitdata.summary import Since, recorded

    since = Since()
    done = op(ready(), paths or [], terminal.progress())
    for path in done.staged:
        terminal.say(f"staged {terminal.safe(path)}")
    if told := recorded(done.read, since.seconds):
        terminal.say(told)
    if not done.staged:
        terminal.say("nothing changed")
