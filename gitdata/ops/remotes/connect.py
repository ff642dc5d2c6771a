"""Connect: from a data remote to what is there, once its place is agreed to."""

from gitdata.backends import connect as backends
from gitdata.errors import DataMissing, GitDataError, RemoteMoved
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.remote.remote import MOST_TRANSFERS, TRANSFERS, Remote, Swapped
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace


@frozen
class Readable:
    """A remote to read from."""

    remote: Remote
    refusal: RemoteMoved | None  # what to say of data that it lacks: it may be where the repository says now


def connect_to_read(place: Workspace, chosen: DataRemote) -> Readable:
    """Open a data remote, or, when its place is not agreed to, the place that was before.

    So what other people have merged, and old commits that name a place of former times, take nothing away.
    Raises `RemoteMoved` when the place before cannot be used, and what connecting raises.
    """
    try:
        return Readable(connect(place, chosen), None)
    except RemoteMoved as error:
        before = agreed.former(place, chosen)
        if before is None:
            raise
        try:
            return Readable(connect(place, before), error)
        except GitDataError:
            raise error from None


def connect_anew(place: Workspace, chosen: DataRemote) -> Remote | None:
    """Open a data remote and take it for what it is now, also where it was another; None when nothing is there.

    Raises as `connect` does.
    """
    agreement = replace(agreed.require(place, chosen), refused_id=None)
    to = agreement.destination
    backend = backends.connect(to, configured.options(place, chosen))
    try:
        remote = Remote.open(
            backend,
            create=False,
            cache=configured.cache(place, to),
            name=chosen.name,
            agreed=replace(agreement, remote_id=None),
        )
    except DataMissing:
        remote = None
    agreed.remember(place, chosen, replace(agreement, remote_id=remote.remote_id if remote is not None else None))
    return remote


def connect(place: Workspace, chosen: DataRemote, *, create: bool = False) -> Remote:
    """Open a data remote; `create` makes an empty place a remote. The place is remembered.

    Raises `NotTrusted` and `RemoteMoved` for a place that the person has not agreed to, `BadRemote`
    also for one that is not what it was, and what the backend raises.
    """
    agreement = agreed.require(place, chosen)
    to = agreement.destination
    backend = backends.connect(to, configured.options(place, chosen))
    try:
        remote = Remote.open(
            backend, create=create, cache=configured.cache(place, to), name=chosen.name, agreed=agreement
        )
    except Swapped as error:
        agreed.agreements(place).keep(replace(agreement, refused_id=error.found or ""))
        raise
    agreed.remember(place, chosen, replace(agreement, remote_id=remote.remote_id, refused_id=None))
    wanted = place.config.integer("gitdata.transfers", TRANSFERS)
    return replace(remote, transfers=max(1, min(wanted, MOST_TRANSFERS)))
