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
    from gitdata.ops.looking.status import Change, RootStatus, Status

_SHOWN = 50
_LETTERS = {None: " ", "added": "A", "modified": "M", "deleted": "D"}


def status(
    json: AsJson = False,
    porcelain: Annotated[
        bool,
        typer.Option(
            "--porcelain",
            help="For scripts, one line a file: what is recorded for the next commit and what was done since, as "
            "`A`, `M`, `D` or a space, and the path as Git quotes it.",
        ),
    ] = False,
    null: Annotated[bool, typer.Option("-z", help="The same, unquoted, each ended by a NUL byte.")] = False,
    colour: Colour = None,
) -> None:
    """Show which data files differ from the last commit: green what is recorded for the next one, red the rest."""
    from gitdata import terminal
    from gitdata.ops.looking.status import status as op
    from gitdata.ops.looking.status_patterns import status_patterns

    place = ready()
    colours = palette(place, colour, "status")
    result = op(place, terminal.progress())
    files = status_patterns(place)
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

    said = f"{change.kind:<9} {terminal.safe(change.path)} ({terminal.size(change.size)})"
    return "changed" if change.edited else "added", said


def _porcelain(result: "Status", *, null: bool) -> Iterator[bytes]:
    from gitdata.formats.quoting import quote

    for change in (change for root in result.roots for change in root.changes):
        marks = f"{_LETTERS[change.recorded]}{_LETTERS[change.edited]} ".encode()
        yield marks + (change.path + b"\0" if null else quote(change.path) + b"\n")
