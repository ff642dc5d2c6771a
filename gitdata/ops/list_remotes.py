"""List remotes: where each data remote is, and what it waits for."""

from dataclasses import dataclass

from gitdata.errors import BadRemote, NoRemote, RemoteMoved
from gitdata.ops import agreed, remotes
from gitdata.ops.remotes import DataRemote
from gitdata.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Listed:
    """A data remote, for people; no credentials are in it."""

    name: str
    where: str  # all of its place, or what is wrong with it
    url: str | None
    endpoint: str | None
    region: str | None
    default: bool
    proposed: bool
    trusted: bool
    waits: str | None  # why it is not used before the person says something
    elsewhere: str | None  # what the repository proposes, when this clone's own settings say another place


def list_remotes(place: Workspace) -> list[Listed]:
    """Every data remote of this clone. Nothing is asked of any."""
    found = []
    default = _default(place)
    for remote in remotes.known(place).values():
        waits = agreed.waiting(place, default if default is not None and default.name == remote.name else remote)
        to = None if isinstance(remote.place, BadRemote) else remote.place
        found.append(
            Listed(
                remote.name,
                remote.where,
                to.url if to else None,
                to.endpoint if to else None,
                to.region if to else None,
                remote.default,
                remote.proposed,
                waits is None,
                str(waits) if isinstance(waits, RemoteMoved) else None,
                remotes.elsewhere(place, remote),
            )
        )
    return found


def _default(place: Workspace) -> DataRemote | None:
    try:
        return remotes.choose(place, None)
    except NoRemote:
        return None
