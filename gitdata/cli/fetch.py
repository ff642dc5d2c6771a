"""git data fetch: download data without writing it to the work tree."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready


def fetch(
    revisions: Annotated[
        list[str] | None, typer.Argument(metavar="[REVISION]...", help="Whose data; the work tree's if left out.")
    ] = None,
    remote: Annotated[
        str | None, typer.Option("--remote", "-r", help="Data remote; the default one if left out.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Download the data of revisions into this clone's store."""
    from gitdata import terminal
    from gitdata.ops.transfer.fetch import fetch as op

    place = ready()
    done = op(place, revisions or [], remote, terminal.progress())
    if json:
        show_json(done)
    elif done.blobs:
        terminal.say(f"fetched {terminal.count(done.blobs, 'object')}, {terminal.size(done.received)}")
    else:
        terminal.say("everything is here already")
    keep_to_limit(place)
