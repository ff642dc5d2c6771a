"""git data status: what changed in the data since the last commit."""

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready
from gitdata.values import replace

_SHOWN = 50


def status(json: AsJson = False) -> None:
    """Show which data files differ from the last commit."""
    from gitdata import terminal
    from gitdata.ops.looking.status import status as op
    from gitdata.ops.looking.status_patterns import status_patterns

    place = ready()
    result = op(place, terminal.progress())
    files = status_patterns(place)
    if files is not None:
        result = replace(result, roots=(*result.roots, files))
    if json:
        show_json(result)
        return
    if not result.roots:
        terminal.say("nothing is tracked yet (track a directory: `git data track PATH`)")
    for root in result.roots:
        amount = f"{terminal.count(root.files, 'file')}, {terminal.size(root.size)}"
        line = f"{terminal.safe(root.path)}: {root.condition}, {amount}"
        terminal.say(line + (f" ({root.note})" if root.note else ""))
        for change in root.changes[:_SHOWN]:
            typer.echo(f"  {change.kind:<9} {terminal.safe(change.path)} ({terminal.size(change.size)})")
        if len(root.changes) > _SHOWN:
            typer.echo(f"  and {len(root.changes) - _SHOWN:,} more")
