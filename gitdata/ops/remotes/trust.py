"""Trust: a person agrees to the place that the repository proposes for a remote, or takes that back."""

import contextlib

from gitdata.backends.location import Destination
from gitdata.errors import NoRemote
from gitdata.formats.remote_name import RemoteName, remote_name
from gitdata.ops.remotes import agreed, configured, edit
from gitdata.ops.remotes.configured import DataRemote
from gitdata.remote.agreements import Agreement
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace


@frozen
class Accepted:
    """A place that is agreed to now."""

    name: RemoteName
    destination: Destination
    before: Destination | None  # the place that the name stood for until now, when it is another


def trust(place: Workspace, name: str | None = None) -> list[Accepted]:
    """Agree to the places of the proposed remotes (or of the one named); return what that changes.

    A remote that is named gives up its place in this clone's own settings for the proposed one, and one
    that was made anew at its place is taken for what it is now. Raises `NoRemote` when there is none of
    that name, `BadRemote` for what is no place.
    """
    if name is not None:
        chosen = [_proposed_instead(place, configured.choose(place, name))]
    else:
        chosen = [remote for remote in configured.known(place).values() if remote.proposed and remote.destination]
    with contextlib.suppress(NoRemote):  # the default one is agreed to as the default, too
        default = configured.choose(place, None)
        chosen = [default if one.name == default.name and one.place == default.place else one for one in chosen]
    return [accepted for remote in chosen if (accepted := _accept(place, remote)) is not None]


def forget(place: Workspace, name: str) -> int:
    """Take back what was agreed about a remote; how many places it had."""
    return agreed.agreements(place).forget(remote_name(name))


def _proposed_instead(place: Workspace, remote: DataRemote) -> DataRemote:
    """The proposed remote of that name when this clone's own settings say another place; those are given up."""
    proposal = configured.proposed(configured.read_project(place)).get(remote.name)
    known = agreed.find(place, remote)
    if remote.proposed or proposal is None or proposal.destination == remote.destination:
        return remote
    if known is not None and known.refused_id is not None:
        return remote  # the question was about what is there now
    edit.give_up(place, proposal)
    return proposal


def _accept(place: Workspace, remote: DataRemote) -> Accepted | None:
    """Agree to a remote; what that changes, None when nothing."""
    known = agreed.find(place, remote)
    earlier = [one.destination for one in agreed.agreements(place).all() if one.name == remote.name]
    waits = known is None or known.refused_id is not None or agreed.waiting(place, remote) is not None
    if not waits:
        return None
    kept = known or Agreement(remote.name, remote.destination)
    if kept.refused_id is not None:
        kept = replace(kept, remote_id=kept.refused_id or None, refused_id=None)
    agreed.remember(place, remote, kept)
    before = earlier[-1] if earlier and earlier[-1] != kept.destination else None
    return Accepted(remote.name, kept.destination, before)
