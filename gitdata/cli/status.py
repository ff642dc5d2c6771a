"""git data status: what changed in the data since the last commit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.colour import Colour, Palette, palette
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready
from gitdata.values import replace

if TYPE_CHECKING:  # every command would load it
    from gitdata.ops.looking.file_changes import Change
    from gitdata.ops.looking.status import RootStatus, Status
    from gitdata.workspace import Workspace

_SHOWN = 50
_LETTERS = {None: " ", "added": "A", "modified": "M", "deleted": "D", "renamed": "R"}


def status(
    json: AsJson = False,
    porcelain: Annotated[
        bool,
        typer.Option(
            "--porcelain",
            help="For scripts, one line a file: what is recorded for the next commit and what was done since, as "
            "`A`, `M`, `D`, `R` or a space, and the path as Git quotes it (of what was moved both: `R  a -> b`).",
        ),
    ] = False,
    null: Annotated[
        bool, typer.Option("-z", help="The same, unquoted, each path ended by a NUL byte, the new one first.")
    ] = False,
    renames: Annotated[
        bool | None, typer.Option("--renames/--no-renames", help="Whether to look for moved files.")
    ] = None,
    colour: Colour = None,
) -> None:
    """Show which data files differ from the last commit: green what is recorded for the next one, red the rest."""
    from gitdata import terminal
    from gitdata.ops.looking.status import status as op
    from gitdata.ops.looking.status_patterns import status_patterns

    place = ready()
    colours = palette(place, colour, "status")
    renames = _wants_renames(place) if renames is None else renames
    result = op(place, terminal.progress(), renames=renames)
    files = status_patterns(place, renames=renames)
    if files is not None:
        result = replace(result, roots=(*result.roots, files))
    if json:
        show_json(result)
    elif porcelain or null:
        typer.echo(b"".join(_porcelain(result, null=null)), nl=False)
    else:
        if not result.roots:
            terminal.say("nothing is tracked yet (track a directory: `git data track PATH`)")
        for root in result.roots:
            _show(root, colours)


def _wants_renames(place: "Workspace") -> bool:
    """As Git decides it for its own status."""
    set_to = place.config.get("status.renames") or place.config.get("diff.renames") or "true"
    return set_to.lower() not in ("false", "no", "off", "0")


def _show(root: "RootStatus", colours: Palette) -> None:
    from gitdata import terminal

    amount = f"{terminal.count(root.files, 'file')}, {terminal.size(root.size)}"
    line = f"{terminal.safe(root.path)}: {root.condition}, {amount}"
    notes = [root.note] if root.note else []
    if root.left_out:
        notes.append(
            f"{terminal.count(root.left_out, 'file')}, {terminal.size(root.left_out_size)} left out of this part"
        )
    terminal.say(line + (f" ({'; '.join(notes)})" if notes else ""))
    for change in root.changes[:_SHOWN]:
        typer.echo("  " + colours.paint(*_line(change)), color=True)
    if len(root.changes) > _SHOWN:
        typer.echo(f"  and {len(root.changes) - _SHOWN:,} more")


def _line(change: "Change") -> tuple[str, str]:
    """The name of its colour, and what is said of it."""
    from gitdata import terminal

    was = f"{terminal.safe(change.was)} -> " if change.was is not None else ""
    said = f"{change.kind:<9} {was}{terminal.safe(change.path)} ({terminal.size(change.size)})"
    return "changed" if change.edited else "added", said


def _porcelain(result: "Status", *, null: bool) -> Iterator[bytes]:
    for change in (change for root in result.roots for change in root.changes):
        marks = f"{_LETTERS[change.recorded]}{_LETTERS[change.edited]} ".encode()
        if null:
            yield marks + change.path + b"\0" + (change.was + b"\0" if change.was is not None else b"")
        else:
            was = _quoted(change.was) + b" -> " if change.was is not None else b""
            yield marks + was + _quoted(change.path) + b"\n"


def _quoted(path: bytes) -> bytes:
    """As Git does it here: in quotes also when it has spaces."""
    from gitdata.formats.quoting import quote

    quoted = quote(path)
    return b'"%s"' % path if quoted == path and b" " in path else quoted
