"""Broken versions: those that a remote has and that could not be cloned, and what can be done about them here."""

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gitdata.errors import DataMissing
from gitdata.git.changes import authors
from gitdata.ids import BlobId, ChunkId, RootId
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.remote.bad import Bad
from gitdata.remote.intact import Intact, intact
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import Remote
from gitdata.store.database import batches
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.wording import shown, some_of
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_TOGETHER = 20_000  # blobs
_NAMED = 10  # versions in one message


@frozen
class Broken:
    """What was found."""

    found: Intact | None = None
    mendable: AbstractSet[RootId] = frozenset()  # all that they lack is here
    helpless: Sequence[Needed] = ()  # it is not


def nowhere_error(
    place: Workspace, remote: Remote, nowhere: Sequence[Needed], helpless: Sequence[Needed], *, complete: bool
) -> DataMissing:
    """The error for versions that cannot be pushed, and for those that cannot be mended from here.

    With `complete` everything else is on the remote.
    """
    by = authors(place.git, (one.commit for one in (*nowhere, *helpless)))

    def named(versions: Sequence[Needed]) -> str:
        return some_of(
            versions, lambda one: f"{shown(one.path)} of commit {one.commit[:12]} by {by.get(one.commit, '')}", _NAMED
        )

    told = [f"data of {named(nowhere)} is neither in this clone nor on {remote.called}"] if nowhere else []
    if helpless:
        told.append(f"data of {named(helpless)} is gone from {remote.called} or damaged there, and not in this clone")
    end = "; all else is there" if complete else ""
    return DataMissing(
        f"{', and '.join(told)}{end}",
        "bring it here, `git data fetch REVISION`, or push it from a clone that has it, as its author's may: "
        "`git data push --all`",
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
