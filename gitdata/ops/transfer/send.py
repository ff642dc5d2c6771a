"""Send: bring versions to a remote that was not seen to have them."""

import contextlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gitdata.errors import DataMissing
from gitdata.formats.pointer import is_pointer_path
from gitdata.git import pointers as git_pointers
from gitdata.ids import PackId, RootId
from gitdata.ops.patterns.clean import settled
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.progress import SILENT, Progress
from gitdata.remote import upload
from gitdata.remote.outgoing import checked_ahead
from gitdata.remote.remote import Remote
from gitdata.remote.upload import Version
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent."""

    versions: int  # that the remote lacked
    packs: int
    sent: int  # bytes


def send(
    place: Workspace,
    store: Store,
    to: DataRemote,
    needed: Sequence[Needed],
    fresh: Sequence[Needed],
    progress: Progress = SILENT,
) -> Sent:
    """Upload what the remote lacks of the versions `fresh`, a part of `needed`, and remember that it has them.

    Raises `DataMissing` when this clone lacks data that the remote lacks too, and what connecting raises.
    """
    settled(place, store)
    new = agreed.require(place, to).remote_id is None
    ready: dict[RootId, Version] = {}
    with ThreadPoolExecutor(1) as asking:
        answer = asking.submit(_ask, place, to, [version.root for version in fresh])
        # The newest is lacking nearly always: its blobs are named while the remote answers. A remote
        # that was never seen needs all of it, so it is looked up and checked as well.
        checked: set[PackId] = set()
        with contextlib.suppress(DataMissing):
            newest = ready[fresh[-1].root] = _prepare(store, fresh[-1], look=new)
            if newest.found is not None:
                checked = checked_ahead(store, newest.found.locations, answer.done)
        remote, absent = answer.result()
    lacking = [version for version in fresh if version.root in absent]
    bases = _bases(place, needed, lacking)
    prepared = (
        (ready.get(version.root) or _prepare(store, version))._replace(base=bases[version.root]) for version in lacking
    )
    result = upload.push(remote, store, prepared, progress, checked)
    store.mark(configured.marks(to.destination, remote.remote_id), [version.root for version in fresh])
    return Sent(len(lacking), result.packs, result.sent)


def _ask(place: Workspace, to: DataRemote, roots: Sequence[RootId]) -> tuple[Remote, set[RootId]]:
    """The remote itself, and which of `roots` it lacks."""
    remote = connect(place, to, create=True)
    return remote, remote.lacking(roots)


def _bases(place: Workspace, needed: Sequence[Needed], lacking: Sequence[Needed]) -> dict[RootId, RootId | None]:
    """For each version the one its manifest can build on: the version of the same pointer before it."""
    latest: dict[bytes, RootId] = {}
    bases: dict[RootId, RootId | None] = {}
    todo = {version.root for version in lacking}
    for version in needed:
        if version.root in todo:
            bases[version.root] = latest.get(version.path) or _earlier(place, version)
        latest[version.path] = version.root
    return bases


def _earlier(place: Workspace, version: Needed) -> RootId | None:
    """The version before, when this push begins with `version`; the remote may or may not have it."""
    if not is_pointer_path(version.path):
        return version.before
    oids = git_pointers.history(place.git, version.commit, version.path, 2)
    texts = git_pointers.read(place.git, oids)
    for oid in oids:
        value = pointer_files.parse(version.path, texts[oid])
        if (root := value.root()) != version.root:
            return root
    return None


def _prepare(store: Store, version: Needed, *, look: bool = False) -> Version:
    """Name every blob of a version; with `look` find out where they lie, too.

    Trees of a listing pointer that was merged as text are made here. Raises `DataMissing`.
    """
    try:
        blobs = tuple(pointer_files.blobs_of(version.value, store))
    except DataMissing as error:
        raise DataMissing(
            f"cannot push {os.fsdecode(version.path)} of commit {version.commit[:12]}: {error}",
            "fetch it first: `git data fetch`",
        ) from error
    return Version(version.root, blobs, None, store.find(blobs) if look else None)
