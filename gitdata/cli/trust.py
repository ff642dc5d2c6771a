"""git data trust: accept a remote that the repository proposes."""

from typing import Annotated

import typer


def trust(
    name: Annotated[
        str | None, typer.Argument(metavar="[REMOTE]", help="Which; all proposed ones if left out.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take back what was agreed about REMOTE.")] = False,
) -> None:
    """Agree to the places that this repository's .gitdata.toml proposes for data remotes."""
    from gitdata import terminal, workspace
    from gitdata.errors import UsageError
    from gitdata.ops.remotes import trust as ops
    from gitdata.ops.remotes.listing import list_remotes

    place = workspace.here()
    if forget:
        if name is None:
            raise UsageError("--forget needs the name of a remote", "see `git data remote list`")
        places = terminal.count(ops.forget(place, name), "place")
        terminal.say(
            f"forgot {places} of data remote '{name}'; what .gitdata.toml proposes for it is asked about again"
        )
        return
    accepted = ops.trust(place, name)
    for remote in accepted:
        before = f" (before: {remote.before})" if remote.before is not None else ""
        terminal.say(f"data remote '{remote.name}' is {remote.destination}{before}")
    if accepted:
        terminal.say("bring the data with `git data pull`")
    else:
        terminal.say("there is nothing to trust: no remote waits for it")
        for one in list_remotes(place):
            if one.elsewhere is not None:
                terminal.say(
                    f"data remote '{one.name}' is {one.where} by this clone's own settings, {one.elsewhere} by "
                    f".gitdata.toml: take that with `git data trust {one.name}`"
                )
