"""Trust: a remote that the repository proposes becomes one that this clone uses."""

from gitdata.ops import edit_remotes, remotes
from gitdata.ops.remotes import DataRemote
from gitdata.workspace import Workspace


def trust(place: Workspace, name: str | None = None) -> list[DataRemote]:
    """Copy the proposed remotes (or the one named) into this clone's settings; return those that are new.

    Raises `NoRemote` when there is none of that name.
    """
    proposed = [remotes.choose(place, name)] if name is not None else list(remotes.known(place).values())
    accepted = [remote for remote in proposed if remote.proposed]
    for remote in accepted:
        settings = {key: value for key, value in (("endpoint", remote.endpoint), ("region", remote.region)) if value}
        edit_remotes.activate(place, remote.name, remote.url, settings)
    return accepted
