"""git data trust: accept a remote that the repository proposes."""

from typing import Annotated

import typer


def trust(
    name: Annotated[
        str | None, typer.Argument(metavar="[REMOTE]", help="Which; all proposed ones if left out.")
    ] = None,
) -> None:
    """Use the data remotes that this repository's .gitdata.toml proposes."""
    from gitdata import terminal, workspace
    from gitdata.ops.trust import trust as op

    accepted = op(workspace.here(), name)
    for remote in accepted:
        terminal.say(
            f"data remote '{remote.name}' is {remote.url}" + (f" at {remote.endpoint}" if remote.endpoint else "")
        )
    if accepted:
        terminal.say("bring the data with `git data pull`")
    else:
        terminal.say("there is nothing to trust: no remote waits for it")
