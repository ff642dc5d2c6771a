"""git data ls: the tracked files."""

import os
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready


def ls(
    revision: Annotated[str | None, typer.Argument(metavar="[REVISION]", help="The work tree if left out.")] = None,
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH]...")] = None,
    json: AsJson = False,
    null: Annotated[bool, typer.Option("-z", help="Only the paths, unescaped, each ended by a NUL byte.")] = False,
) -> None:
    """List tracked files with size and id (an id is what `b3sum` prints)."""
    from gitdata import terminal
    from gitdata.ops.looking.ls import ls as op
    from gitdata.ops.roots.typed_paths import from_top

    place = ready()
    wanted = list(paths or [])
    if revision is not None and not place.git.ok("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"):
        wanted.insert(0, revision)  # `git data ls data`: a path, not a revision
        revision = None
    found = op(place, revision, tuple(from_top(place, path) for path in wanted))
    if json:
        show_json(found.items)
    elif null:
        typer.echo(b"".join(item.path + b"\0" for item in found.items), nl=False)
    else:
        for item in found.items:
            typer.echo(
                f"{item.blob.hex()[:12]} {item.size:>14,} {item.kind:<4} {terminal.safe(os.fsdecode(item.path))}"
            )
    if found.error is not None:
        raise found.error
