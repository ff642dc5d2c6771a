"""Shares: what the versions in some commits take, by data root, by type of file or by author."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from gitdata.errors import BadFormat, DataMissing, UnsafeName
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.formats.tree import build, checked_tree, rows_in
from gitdata.git.changes import authors
from gitdata.ids import BlobId, ChunkId
from gitdata.ops.keeping.blobs_of import PORTION, Blobs
from gitdata.ops.transfer.needed_versions import Needed, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.store.labelled import Labelled
from gitdata.store.locating import all_frames
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable
from gitdata.workspace import Workspace

By = Literal["root", "type", "author"]
KINDS: tuple[str, ...] = get_args(By)
LISTINGS = "/"
"""The share of folder listings among types: no extension has a slash."""

_Name = str | None  # None: of the commits that are left out
_Naming = Callable[[bytes], str]  # the share of a file, by its name; of `LISTINGS`, that of a listing


@frozen
class Share:
    """What has one name; a content counts once, however many versions have it."""

    name: str  # a data root (empty: files by pattern), an extension (empty: none), or an author
    files: int  # contents
    logical: int  # their bytes, as files
    stored: int  # the bytes that their chunks take in this clone's packs
    alone: int  # those of them that nothing of another name uses
    absent: int  # the bytes, as files, of contents that this clone does not have


@frozen
class Shares:
    """All of them, the largest first."""

    by: By
    versions: int
    shares: tuple[Share, ...]
    stored: int  # each chunk counted once
    fresh: int | None  # those that commits which are left out do not use; None: none are left out
    unread: int  # folder listings that this clone does not have: what is in them is not counted


@mutable
class _Counted:
    files: int = 0
    logical: int = 0
    absent: int = 0


@mutable
class _Walk:
    """One version after the other, each content for every name that it has; with `once` for the first alone."""

    store: Store
    once: bool
    chunks: Labelled[_Name] = field(default_factory=Labelled)
    counted: dict[str, _Counted] = field(default_factory=dict)
    unread: int = 0
    _met: Labelled[_Name] = field(default_factory=Labelled)
    _waiting: dict[str, dict[BlobId, int | None]] = field(default_factory=dict)  # sizes; None: of a listing
    _waits: int = 0

    def add(self, version: Needed, named: _Naming) -> None:
        value = version.value
        if value.tree_root is not None:
            self._below(BlobId(value.tree_root), named)
            return
        listing = value.listing or {}
        for tree in () if b"" in listing else build(listing).trees:
            self._one(named(LISTINGS.encode()), tree, None)
        for path, entry in listing.items():
            if entry.kind != "dir":
                self._one(named(path or version.path), entry.id, entry.size)

    def _below(self, root: BlobId, named: _Naming) -> None:
        whose = named(LISTINGS.encode())
        pending = [(root, 0)]
        while pending:
            tree, depth = pending.pop()
            if not self._one(whose, tree, None):
                continue
            try:
                for rows in rows_in(checked_tree(tree, None, depth, self.store.tree)):
                    for name, entry in rows:
                        if entry.kind == "dir":
                            pending.append((entry.id, depth + 1))
                        else:
                            self._one(named(name), entry.id, entry.size)
            except (DataMissing, BadFormat, UnsafeName):
                self.unread += 1

    def _one(self, name: str, blob: BlobId, size: int | None) -> bool:
        """Whether it is new, for this name."""
        known = self._met.labels(ChunkId(blob))
        if name in known or (self.once and known):
            return False
        self._met.add([ChunkId(blob)], name)
        self._waiting.setdefault(name, {})[blob] = size
        self._waits += 1
        if self._waits >= PORTION:
            self.flush()
        return True

    def flush(self) -> None:
        """Look up in the store what has come together."""
        for name, sizes in self._waiting.items():
            self.chunks.add(self.store.chunks_of(sizes), name)
            here = self.store.has(sizes)
            counted = self.counted.setdefault(name, _Counted())
            for blob, size in sizes.items():
                if size is not None:
                    counted.files += 1
                    counted.logical += size
                    counted.absent += size if blob not in here else 0
        self._waiting.clear()
        self._waits = 0


def shares(
    place: Workspace, tips: Sequence[str], excluded: Sequence[str], by: By, progress: Progress = SILENT
) -> Shares:
    """What the versions take that the commits reachable from `tips`, and not from `excluded`, have brought.

    An author has what he or she was the first to record. Nothing is changed or fetched. Raises `GitFailed` for a
    revision that there is not.
    """
    with progress.step("looking for data in commits"):
        found = needed_versions(place, tips, excluded).versions
        others = needed_versions(place, excluded, []).versions if excluded else []
        there = {one.root for one in others}
        found = [one for one in found if one.root not in there]  # at the tips everything counts
    by_commit = authors(place.git, (one.commit for one in found)) if by == "author" else {}
    total = len(found) + len(others)
    with place.open_store() as store, progress.step("looking at versions", total, unit="versions") as step:
        walk = _Walk(store, by == "author")
        for one in found:
            walk.add(one, _naming(by, one, by_commit))
            step.advance(1)
        walk.flush()
        before = Blobs(store)
        for one in others:
            for portion in before.add(one.value):
                walk.chunks.add(store.chunks_of(portion), None)
            step.advance(1)
        stored = walk.chunks.stored(all_frames(store.packs(), store.table))
    of_these = {names: size for names, size in stored.items() if names - {None}}
    result = [_share(name, counted, of_these) for name, counted in walk.counted.items()]
    return Shares(
        by,
        len(found),
        tuple(sorted(result, key=lambda share: (-share.stored, -share.logical, share.name))),
        sum(of_these.values()),
        sum(size for names, size in of_these.items() if None not in names) if excluded else None,
        walk.unread,
    )


def _naming(by: By, version: Needed, by_commit: Mapping[str, str]) -> _Naming:
    if by == "type":
        return lambda name: LISTINGS if name == LISTINGS.encode() else os.fsdecode(os.path.splitext(name)[1]).lower()
    whose = by_commit.get(version.commit, "")
    if by == "root":
        whose = os.fsdecode(data_path(version.path)) if is_pointer_path(version.path) else ""
    return lambda _name: whose


def _share(name: str, counted: _Counted, stored: Mapping[frozenset[_Name], int]) -> Share:
    return Share(
        name,
        counted.files,
        counted.logical,
        sum(size for names, size in stored.items() if name in names),
        sum(size for names, size in stored.items() if names - {None} == {name}),
        counted.absent,
    )
