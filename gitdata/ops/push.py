"""Push: upload the data of every commit that is about to be pushed and that the remote lacks."""

import contextlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gitdata.errors import DataMissing
from gitdata.formats.pointer import Pointer, is_pointer_path
from gitdata.git import pointers as git_pointers
from gitdata.git.pointers import Introduced
from gitdata.ids import PackId, RootId
from gitdata.ops import pattern_files, remotes
from gitdata.ops.connect import connect
from gitdata.progress import SILENT, Progress
from gitdata.remote import upload
from gitdata.remote.outgoing import checked_ahead
from gitdata.remote.remote import Remote, pinned
from gitdata.remote.upload import Version
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointing

_MARK_AGE_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did."""

    remote: str | None  # None: there was nothing to push, and no remote was asked
    versions: int  # distinct versions of data in the pushed commits
    uploaded: int  # of them, versions the remote lacked
    packs: int
    sent: int  # bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """One version of one pointer that the remote has to have."""

    path: bytes
    commit: str
    value: Pointer
    root: RootId
    before: RootId | None = None  # of a pattern file: the version that it replaced


def push(
    place: Workspace,
    tips: Sequence[str],
    excluded: Sequence[str] = (),
    remote_name: str | None = None,
    progress: Progress = SILENT,
) -> Pushed:
    """Upload what the commits reachable from `tips` and not from `excluded` need (and the tips themselves).

    Raises `DataMissing` when this clone lacks data that the remote lacks too, before any ref is sent.
    """
    wanted = versions(place, tips, excluded)
    if not wanted:
        return Pushed(None, 0, 0, 0, 0)
    chosen = remotes.choose(place, remote_name)
    with place.open_store() as store:
        known = pinned(remotes.cache(place, chosen), chosen.name)
        marked = store.marked(known, _MARK_AGE_S) if known is not None else set()
        fresh = [version for version in wanted if version.root not in marked]
        if not fresh:
            return Pushed(chosen.name, len(wanted), 0, 0, 0)  # seen there lately: no need to ask
        ready: dict[RootId, Version] = {}
        with ThreadPoolExecutor(1) as asking:
            answer = asking.submit(_ask, place, chosen.name, [version.root for version in fresh])
            # The newest is lacking nearly always: its blobs are named while the remote answers. A remote
            # that was never seen needs all of it, so it is looked up and checked as well.
            checked: set[PackId] = set()
            with contextlib.suppress(DataMissing):
                newest = ready[fresh[-1].root] = _prepare(store, fresh[-1], look=known is None)
                if newest.found is not None:
                    checked = checked_ahead(store, newest.found.locations, answer.done)
            remote, absent = answer.result()
        lacking = [version for version in fresh if version.root in absent]
        bases = _bases(place, wanted, lacking)
        prepared = (
            (ready.get(version.root) or _prepare(store, version))._replace(base=bases[version.root])
            for version in lacking
        )
        result = upload.push(remote, store, prepared, progress, checked)
        store.mark(remote.remote_id, [version.root for version in fresh])
    return Pushed(remote.name, len(wanted), len(lacking), result.packs, result.sent)


def _ask(place: Workspace, name: str, roots: Sequence[RootId]) -> tuple[Remote, set[RootId]]:
    """The remote `name`, and which of `roots` it lacks."""
    remote = connect(place, name, create=True)
    return remote, remote.lacking(roots)


def versions(place: Workspace, tips: Sequence[str], excluded: Sequence[str]) -> list[Wanted]:
    """Every distinct version in those commits, oldest first; raises `BadPointer` for one that is damaged."""
    found = git_pointers.introduced(place.git, tips, excluded)
    texts = git_pointers.read(place.git, list(dict.fromkeys(item.oid for item in found)))
    wanted: dict[RootId, Wanted] = {}
    for item in found:
        value = pointing.parse(_where(item), texts[item.oid])
        root = value.root()
        wanted.setdefault(root, Wanted(item.path, item.commit, value, root))
    for version in pattern_files.introduced(place, tips, excluded):
        root = version.value.root()
        before = RootId(version.before.id) if version.before else None
        wanted.setdefault(root, Wanted(version.item.path, version.item.commit, version.value, root, before))
    return list(wanted.values())


def _where(item: Introduced) -> bytes:
    return item.path + b" in commit " + item.commit[:12].encode()


def _bases(place: Workspace, wanted: list[Wanted], lacking: list[Wanted]) -> dict[RootId, RootId | None]:
    """For each version the one its manifest can build on: the version of the same pointer before it."""
    latest: dict[bytes, RootId] = {}
    bases: dict[RootId, RootId | None] = {}
    todo = {version.root for version in lacking}
    for version in wanted:
        if version.root in todo:
            bases[version.root] = latest.get(version.path) or _earlier(place, version)
        latest[version.path] = version.root
    return bases


def _earlier(place: Workspace, version: Wanted) -> RootId | None:
    """The version before, when this push begins with `version`; the remote may or may not have it."""
    if not is_pointer_path(version.path):
        return version.before
    oids = git_pointers.history(place.git, version.commit, version.path, 2)
    texts = git_pointers.read(place.git, oids)
    for oid in oids:
        value = pointing.parse(version.path, texts[oid])
        if (root := value.root()) != version.root:
            return root
    return None


def _prepare(store: Store, version: Wanted, *, look: bool = False) -> Version:
    """Name every blob of a version; with `look` find out where they lie, too.

    Trees of a listing pointer that was merged as text are made here. Raises `DataMissing`.
    """
    try:
        blobs = tuple(pointing.blobs_of(version.value, store))
    except DataMissing as error:
        raise DataMissing(
            f"cannot push {os.fsdecode(version.path)} of commit {version.commit[:12]}: {error}",
            "fetch it first: `git data fetch`",
        ) from error
    return Version(version.root, blobs, None, store.find(blobs) if look else None)
