"""Broken versions: those that a remote has and that could not be cloned, and what can be done about them here."""

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gitdata.errors import DataMissing
from gitdata.ids import BlobId, ChunkId, RootId
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.remote.bad import Bad
from gitdata.remote.intact import Intact, intact
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import Remote
from gitdata.store.database import batches
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.wording import some_of
from gitdata.worktree import pointer_files

_TOGETHER = 20_000  # blobs


@frozen
class Broken:
    """What was found."""

    found: Intact | None = None
    mendable: AbstractSet[RootId] = frozenset()  # all that they lack is here
    helpless: Sequence[Needed] = ()  # it is not

    def beyond_us(self, remote: Remote) -> DataMissing:
        """The error for what cannot be mended from here."""
        named = some_of(self.helpless, lambda one: f"{os.fsdecode(one.path)} of commit {one.commit[:12]}")
        return DataMissing(
            f"data of {named} is gone from {remote.called} or damaged there, and not in this clone",
            "run `git data push --all` in a clone that has it: its author may",
        )


def find_broken(remote: Remote, store: Store, versions: Sequence[Needed], known: Bad) -> Broken:
    """Look whether all is there that `versions` rely on, which the remote has; what is bad is partly `known`."""
    manifests = Manifests(remote)
    found = intact(manifests, [version.root for version in versions], store.packs(), known)
    mendable, helpless = set(), []
    for version in versions:
        lost = found.broken.get(version.root)
        if lost:
            lost &= _chunks(store, version, manifests, lost)
            if not lost:
                continue  # lost of another version, which this one builds on
        if lost is not None and _has(store, version, lost):
            mendable.add(version.root)
        elif lost is not None:
            helpless.append(version)
    return Broken(found, mendable, helpless)


def _chunks(store: Store, version: Needed, manifests: Manifests, lost: frozenset[ChunkId]) -> AbstractSet[ChunkId]:
    """The chunks of a version; all that were lost when its trees are not here, which would tell."""
    located = manifests.load(version.root)
    try:
        blobs = named_blobs(store, version)
    except DataMissing:
        return lost
    recipes = located.recipes if located is not None else {}
    return {part for blob in blobs for part in (recipes[blob][1] if blob in recipes else (ChunkId(blob),))}


def _has(store: Store, version: Needed, lost: AbstractSet[ChunkId]) -> bool:
    """Whether what a version has lost on the remote is here."""
    if lost:
        return store.known_chunks(lost) == lost
    return is_here(store, version)  # its manifest is gone or damaged: all of it has to be here


def is_here(store: Store, version: Needed) -> bool:
    """Whether all of a version is in this clone."""
    try:
        blobs = named_blobs(store, version)
    except DataMissing:
        return False
    return has_all(store, blobs)


def has_all(store: Store, blobs: AbstractSet[BlobId]) -> bool:
    """Whether all of `blobs`, which may be very many, can be read here."""
    return all(len(store.has(few)) == len(few) for few in batches(blobs, _TOGETHER))


def named_blobs(store: Store, version: Needed) -> AbstractSet[BlobId]:
    """Every blob of a version; trees of a listing that was merged as text are made here. Raises `DataMissing`."""
    try:
        return pointer_files.blobs_of(version.value, store)
    except DataMissing as error:
        raise DataMissing(
            f"cannot push {os.fsdecode(version.path)} of commit {version.commit[:12]}: {error}",
            "fetch it first: `git data fetch`",
        ) from error
