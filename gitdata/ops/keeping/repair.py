"""Repair: what is damaged in the store is set aside and had again, from the work tree or from remotes."""

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from gitdata.descent import Descent
from gitdata.errors import FileChanging, GitDataError, Unreadable, UnsafeName
from gitdata.formats.tree import Entry, Listing
from gitdata.git import ignore
from gitdata.ids import BlobId, ChunkId
from gitdata.ops.remotes import configured
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.absent import absent_error
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.store.checking import Checked
from gitdata.store.sources import Source, WorkFile
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.entries import below
from gitdata.worktree.snapshot import observe


@frozen
class Repaired:
    """What was done."""

    packs: int  # set aside
    chunks: int  # that were missing, and are here again
    missing: tuple[str, ...]  # what could not be had, one line each


def repair(
    place: Workspace, store: Store, found: Checked, needs: Callable[[], Iterable[Need]], progress: Progress = SILENT
) -> Repaired:
    """Set damaged packs aside, make the catalog anew, and bring again what was lost of the versions in `needs`.

    `needs` gives them anew as often as it is called.
    """
    for pack in found.damaged:
        store.mender.set_aside(pack)
    store.rebuild()
    unknown = [file for file, lost in store.mender.lost().items() if lost is None]
    lost = store.mender.missing_chunks()
    with progress.step("reading what is here"):
        store.mender.take_back()
        _from_work_tree(place, store, lost)
    if not lost and not unknown:
        return Repaired(len(found.damaged), 0, ())
    reasons: dict[BlobId, GitDataError] = {}
    for name in _remotes(place):
        if not (left := store.mender.missing_chunks()) and not unknown:
            break
        supply = Supply(place, store, name, progress)
        for need in needs():
            reasons.update(_fetch(supply, need, left, everything=bool(unknown)))
    for file in unknown:
        store.mender.settle(file)  # all that it may have had was asked for
    left = store.mender.missing_chunks()
    missing = tuple(_missing(place, store, needs(), left, reasons))
    return Repaired(len(found.damaged), len(lost - left), missing)


def _remotes(place: Workspace) -> list[str]:
    known = configured.known(place).values()
    return [remote.name for remote in sorted(known, key=lambda remote: not remote.default)]


def _from_work_tree(place: Workspace, store: Store, lost: Collection[ChunkId]) -> None:
    """Store files that are here as they were recorded, or may be: what they turn out to be harms nothing."""
    files: list[Source] = []
    down = Descent(os.fsencode(place.repository.top))
    for path in roots(place).pointers:
        root = place.root(path)
        text = place.state.base(path)
        if text is None:
            continue
        value = pointer_files.parse(path, text)
        listing, trees = pointer_files.listing_so_far(value, store)
        if trees and os.path.lexists(root.full):
            # Of what is here as it was recorded the directories come to the same trees.
            with contextlib.suppress(Unreadable, FileChanging, UnsafeName):
                seen = observe(root, place.state, ignore.matcher(place.repository.top, root.path))
                pointer_files.keep_trees(seen.listing, store)
                listing, trees = pointer_files.listing_so_far(value, store)
        held = store.has(entry.id for entry in listing.values())
        absent = {name: entry for name, entry in listing.items() if entry.kind != "dir" and entry.id not in held}
        for name, entry in {**absent, **_affected(store, listing, lost)}.items():
            here = below(root.path, name)
            with contextlib.suppress(OSError):
                now = down.status(here)
                if entry.kind != "link" and stat.S_ISREG(now.st_mode) and now.st_size == entry.size:
                    files.append(WorkFile(down, here, name, entry.size))
    if files:
        with store.ingest() as ingest:
            for _stored in ingest.add_files(files):
                pass


def _affected(store: Store, listing: Listing, lost: Collection[ChunkId]) -> dict[bytes, Entry]:
    needing = store.needing((entry.id for entry in listing.values() if entry.kind != "dir"), lost)
    return {path: entry for path, entry in listing.items() if entry.kind != "dir" and entry.id in needing}


def _fetch(supply: Supply, need: Need, lost: Collection[ChunkId], *, everything: bool) -> Mapping[BlobId, GitDataError]:
    """Fetch what of a version needs chunks that were lost, or everything; what cannot be had, and why."""
    store = supply.store
    try:
        if everything:
            listing = supply.listing(need, everything=True)
            return {listing[path].id: error for path, error in supply.files(need, listing).items()}
        listing, trees = pointer_files.listing_so_far(need.value, store)
        if not trees.isdisjoint(map(BlobId, lost)):
            listing = supply.listing(need)
        if affected := _affected(store, listing, lost):
            absent = supply.files(need, affected)
            return {affected[path].id: error for path, error in absent.items()}
    except GitDataError as error:
        return {BlobId(need.value.root()): error}
    return {}


def _missing(
    place: Workspace,
    store: Store,
    needs: Iterable[Need],
    lost: Collection[ChunkId],
    reasons: Mapping[BlobId, GitDataError],
) -> Iterator[str]:
    """One line for each version that lacks something that was lost, and for each file once."""
    told: set[BlobId] = set()
    refused = reasons.keys() - store.has(reasons)
    for need in needs:
        listing, trees = pointer_files.listing_so_far(need.value, store)
        why = reasons.get(BlobId(need.value.root()), GitDataError("no remote has it"))
        if not trees.isdisjoint(map(BlobId, lost)):
            yield f"{os.fsdecode(need.path)}: folders of version {need.value.root().hex()[:12]} are missing: {why}"
        affected = _affected(store, listing, lost)
        affected.update((path, entry) for path, entry in listing.items() if entry.id in refused)
        affected = {path: entry for path, entry in affected.items() if entry.id not in told}
        told |= {entry.id for entry in affected.values()}
        if affected:
            absent = {path: reasons.get(entry.id, why) for path, entry in affected.items()}
            yield str(absent_error(place, need, absent, affected))
