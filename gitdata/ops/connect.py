"""Connect: from the name of a remote to the remote itself."""

from dataclasses import replace

from gitdata.backends import connect as backends
from gitdata.backends import location
from gitdata.errors import NotTrusted
from gitdata.ops import remotes
from gitdata.remote.remote import MOST_TRANSFERS, TRANSFERS, Remote
from gitdata.workspace import Workspace


def connect(place: Workspace, name: str | None = None, *, create: bool = False) -> Remote:
    """Open the data remote `name` (None: the default one); `create` makes an empty place a remote.

    Raises `NoRemote`, `NotTrusted` for a proposal that the person has not accepted, `BadRemote`,
    and what the backend raises.
    """
    chosen = remotes.choose(place, name)
    if not chosen.trusted:
        where = f"{chosen.url} at {chosen.endpoint}" if chosen.endpoint else chosen.url
        raise NotTrusted(f"this repository proposes the data remote '{chosen.name}' at {where}")
    backend = backends.connect(location.parse(chosen.url), remotes.options(place, chosen))
    remote = Remote.open(backend, create=create, cache=remotes.cache(place, chosen), name=chosen.name)
    wanted = place.config.integer("gitdata.transfers", TRANSFERS)
    return replace(remote, transfers=max(1, min(wanted, MOST_TRANSFERS)))
