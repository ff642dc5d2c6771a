"""Agreed: whether the person has agreed that data goes to a place, asked before anything is read or sent there.

What Git tracks only proposes. A clone remembers under which name data came from or went to which place, as
SSH remembers the keys of hosts; another place under that name, another name for that place (settings such as
encryption belong to the name) and another default wait for the person's word. A place once agreed to stays so,
whatever comes later: an old commit that names a place of former times asks nothing.
"""

import contextlib

from gitdata.backends.location import Destination
from gitdata.errors import BadRemote, GitDataError, NoRemote, NotTrusted, RemoteMoved
from gitdata.formats import project
from gitdata.formats.remote_name import RemoteName
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.remote.agreements import Agreement, Agreements
from gitdata.values import replace
from gitdata.workspace import Workspace


def agreements(place: Workspace) -> Agreements:
    """What this clone has agreed to."""
    return Agreements(configured.folder(place))


def require(place: Workspace, remote: DataRemote) -> Agreement:
    """What is agreed about the place where `remote` is now.

    Raises `RemoteMoved` for another place, or another default, than the one remembered, `NotTrusted` for
    one that nobody here has agreed to, and `BadRemote` for what is no place.
    """
    kept, to = agreements(place), remote.destination
    if _in_advance(place, to):
        return find(place, remote) or Agreement(remote.name, to)
    usual = [one for one in kept.all() if one.default]
    if remote.unnamed and usual and remote.name not in {one.name for one in usual}:
        was = f"'{usual[-1].name}' ({usual[-1].destination})"
        raise _moved(f"the default data remote would change from {was} to '{remote.name}' ({to})", remote)
    found = find(place, remote)
    if found is not None:
        return found
    if remote.proposed and not _first(place, kept, to):
        before = [one.destination for one in kept.all() if one.name == remote.name]
        if before:
            raise _moved(f"the data remote '{remote.name}' would move from {before[-1]} to {to}", remote)
        raise NotTrusted(
            f"this repository proposes the data remote '{remote.name}' at {to}",
            f"look at it, then run `git data trust {remote.name}`" if kept.begun else None,
        )
    return Agreement(remote.name, to)


def former(place: Workspace, remote: DataRemote) -> DataRemote | None:
    """The remote as this clone has last agreed to it, in place of one that it has not; None when it never has."""
    kept = agreements(place).all()
    before = [one for one in kept if one.default] if remote.unnamed else []
    before = before or [one for one in kept if one.name == remote.name]
    if not before:
        return None
    return replace(remote, name=before[-1].name, place=before[-1].destination, proposed=False, unnamed=False)


def waiting(place: Workspace, remote: DataRemote) -> GitDataError | None:
    """Why a remote cannot be used before the person says something; None when it can."""
    try:
        require(place, remote)
    except (BadRemote, NotTrusted, RemoteMoved) as error:
        return error
    return None


def find(place: Workspace, remote: DataRemote) -> Agreement | None:
    """The agreement about the place where `remote` is now, also one that an earlier version has remembered."""
    kept, to = agreements(place), remote.destination
    if found := kept.find(remote.name, to):
        return found
    former = kept.former_id(remote.former_folder, remote.name)
    return Agreement(remote.name, to, former) if former is not None else None


def remember(place: Workspace, remote: DataRemote, agreement: Agreement) -> None:
    """Keep an agreement after its place was used, or on a person's word."""
    kept = agreements(place)
    default = agreement.default or remote.unnamed or _becomes_default(place, kept, remote.name)
    agreement = replace(agreement, default=default)
    if kept.find(agreement.name, agreement.destination) != agreement:
        kept.keep(agreement)


def _becomes_default(place: Workspace, kept: Agreements, name: RemoteName) -> bool:
    """Whether it is what is used where none is named, and nothing else was before."""
    if any(one.default for one in kept.all()):
        return False
    proposals = configured.read_project(place)
    with contextlib.suppress(NoRemote):
        return configured.pick({name, *configured.known(place, proposals)}, proposals.default) == name
    return False


def _first(place: Workspace, kept: Agreements, to: Destination) -> bool:
    """Whether this clone knows no place yet: then a bucket on AWS needs no word, and is remembered."""
    return to.on_aws and not kept.begun and not configured.configured(place)


def _in_advance(place: Workspace, to: Destination) -> bool:
    """Whether `gitdata.trust` in the person's own configuration names the place: its URL, and its endpoint if any.

    It has no regions. A server of one's own has no others, but on AWS a region can mean another partition.
    """
    plain = replace(to, region=None) if to.endpoint else to
    for value in place.config.all("gitdata.trust"):
        url, _, endpoint = value.rpartition(" ")
        for written in ((value, None), (url, endpoint)):
            with contextlib.suppress(BadRemote):
                if Destination.of(*written) == plain:
                    return True
    return False


def _moved(what: str, remote: DataRemote) -> RemoteMoved:
    return RemoteMoved(
        f"{what}, as {project.FILE} says; nothing was read or sent there",
        f"if it is right, run `git data trust {remote.name}`",
    )
