"""git data mergetool: merge data files in conflict with the tool of Git's configuration."""

from typing import Annotated

import typer


def mergetool(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or tracked directories; all if left out.")
    ] = None,
    tool: Annotated[
        str | None, typer.Option("--tool", "-t", metavar="NAME", help="This tool instead of `merge.tool`.")
    ] = None,
) -> None:
    """Run the merge tool of Git's configuration for data files in conflict, and stage what is merged."""
    import os

    from gitdata import terminal, workspace
    from gitdata.errors import Conflict
    from gitdata.ops.merging.merge_tool import merge_tool
    from gitdata.ops.recording.add import add

    place = workspace.initialised()
    done = merge_tool(
        place, paths or [], tool, lambda path: terminal.say(f"merging {terminal.safe(path)}"), terminal.progress()
    )
    if not done:
        terminal.say("no data is in conflict")
    left = []
    for root in done:
        if root.left:
            left += [root.path + (b"/" + path if path else b"") for path in root.left]
        else:
            add(place, [os.path.join(place.repository.top, os.fsdecode(root.path))], terminal.progress())
            terminal.say(f"{terminal.safe(root.path)} is merged and staged")
    if left:
        names = ", ".join(map(os.fsdecode, left[:3])) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
        raise Conflict(f"still in conflict: {names}", "run it again, or take one side with `git data resolve`")
