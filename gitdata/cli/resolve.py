"""git data resolve: settle files that both sides of a merge changed."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson


def resolve(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or tracked directories; all if left out.")
    ] = None,
    ours: Annotated[bool, typer.Option("--ours", help="Take our version (of the branch merged into).")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Take their version (of the branch merged).")] = False,
    json: AsJson = False,
) -> None:
    """Take one side for data files in conflict, and stage the pointer when none is left."""
    from gitdata import terminal, workspace
    from gitdata.errors import UsageError
    from gitdata.ops.merging.resolve import Side
    from gitdata.ops.merging.resolve import resolve as op

    if ours == theirs:
        raise UsageError("which side?", "name one: `git data resolve --ours` or `git data resolve --theirs`")
    side: Side = "ours" if ours else "theirs"
    done = op(workspace.initialised(), side, paths or [], terminal.progress())
    if json:
        show_json(done)
    else:
        if not done.roots:
            terminal.say("no data is in conflict")
        for root in done.roots:
            terminal.say(f"{terminal.safe(root.path)}: {terminal.count(len(root.settled), 'file')} taken from {side}")
            for path in root.left:
                terminal.say(f"  still in conflict: {terminal.safe(root.path + b'/' + path)}")
    if done.error is not None:
        raise done.error
