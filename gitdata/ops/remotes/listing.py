"""List remotes: where each data remote is, and what it waits for."""

from gitdata.errors import BadRemote, NoRemote
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
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
    before: str | None  # the place agreed to under this name until now, when this one waits for the person
    elsewhere: str | None  # what the repository proposes, when this clone's own settings say another place


def list_remotes(place: Workspace) -> list[Listed]:
    """Every data remote of this clone. Nothing is asked of any."""
    found = []
    default = _default(place)
    for remote in configured.known(place).values():
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
                _before(place, remote) if waits is not None else None,
                configured.elsewhere(place, remote),
            )
        )
    return found


def _before(place: Workspace, remote: DataRemote) -> str | None:
    kept = [one.destination for one in agreed.agreements(place).all() if one.name == remote.name]
    return str(kept[-1]) if kept and kept[-1] != remote.place else None


def _default(place: Workspace) -> DataRemote | None:
    try:
        return configured.choose(place, None)
    except NoRemote:
        return None
