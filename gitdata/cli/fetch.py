"""git data fetch: download data without writing it to the work tree."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson, Behind
from gitdata.cli.place import ready
from gitdata.workspace import Workspace


def fetch(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REVISION]... [PATH]...",
            help="Whose data, the work tree's if left out; with paths only what lies there, whatever part is taken.",
        ),
    ] = None,
    remote: Annotated[
        str | None, typer.Option("--remote", "-r", help="Data remote; the default one if left out.")
    ] = None,
    json: AsJson = False,
    path: Behind = None,
) -> None:
    """Download the data of revisions into this clone's store."""
    from gitdata import terminal
    from gitdata.ops.roots.typed_paths import from_top
    from gitdata.ops.transfer.fetch import fetch as op
    from gitdata.ops.transfer.fetch_paths import fetch_paths
    from gitdata.summary import Since, fetched

    since, place = Since(), ready()
    revisions, paths = _apart(place, words or [], path or [])
    if paths:
        done = fetch_paths(place, revisions, [from_top(place, name) for name in paths], remote, terminal.progress())
    else:
        done = op(place, revisions, remote, terminal.progress())
    if json:
        show_json(done)
    elif done.blobs:
        terminal.say(fetched(done.amount, since.seconds))
    else:
        terminal.say("everything is here already")
    keep_to_limit(place)


def _apart(place: Workspace, words: list[str], behind: list[str]) -> tuple[list[str], list[str]]:
    """Revisions and paths. Without `--` the first word that is no revision begins the paths, if data lies there."""
    from gitdata.ops.roots.typed_paths import chosen_or_none
    from gitdata.ops.versions.version import is_revision

    if behind:
        return words, behind
    count = next((number for number, word in enumerate(words) if not is_revision(place, word)), len(words))
    # What is neither is said to be no revision.
    return (words[:count], words[count:]) if chosen_or_none(place, words[count:]) else (words, [])
