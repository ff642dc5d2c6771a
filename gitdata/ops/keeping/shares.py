"""Shares: what the versions in some commits take, by data root, by type of file or by author."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from gitdata.errors import BadFormat, DataMissing, UnsafeName
from gitdata.formats.pathspec import Pathspec
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.formats.tree import build, checked_tree, rows_in
from gitdata.git.changes import authors
from gitdata.ids import BlobId, ChunkId, RootId
from gitdata.ops.keeping.blobs_of import PORTION, Blobs
from gitdata.ops.transfer.needed_versions import Needed, needed_versions
from gitdata.ops.versions.changes import meant
from gitdata.ops.versions.version import concerns
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
    paths: Sequence[bytes]  # relative to the top, or a `Pathspec`; all when there are none
    chunks: Labelled[_Name] = field(default_factory=Labelled)
    counted: dict[str, _Counted] = field(default_factory=dict)
    unread: int = 0
    _met: Labelled[_Name] = field(default_factory=Labelled)
    _waiting: dict[str, dict[BlobId, int | None]] = field(default_factory=dict)  # sizes; None: of a listing
    _waits: int = 0
    _opened: set[tuple[str, bytes, BlobId]] = field(default_factory=set)  # listings, for whom, and where they lay

    def add(self, version: Needed, named: _Naming) -> bool:
        """Whether anything in it may be meant."""
        value = version.value
        data = data_path(version.path) if is_pointer_path(version.path) else version.path
        if self.paths and not concerns(data, self.paths):
            return False
        if value.tree_root is not None:
            self._below(data, BlobId(value.tree_root), named)
            return True
        listing = value.listing or {}
        for tree in () if b"" in listing or not self._is_whole(data) else build(listing).trees:
            self._one(named(LISTINGS.encode()), tree, None)
        for path, entry in listing.items():
            if entry.kind != "dir" and meant(data + b"/" + path if path else data, self.paths):
                self._one(named(path or version.path), entry.id, entry.size)
        return True

    def _below(self, data: bytes, root: BlobId, named: _Naming) -> None:
        whose = named(LISTINGS.encode())
        pending = [(data, root, 0)]
        while pending:
            folder, tree, depth = pending.pop()
            if not self._is_new(whose, folder, tree):
                continue
            try:
                for rows in rows_in(checked_tree(tree, None, depth, self.store.tree)):
                    for name, entry in rows:
                        path = folder + b"/" + name
                        if entry.kind == "dir":
                            if not self.paths or concerns(path, self.paths):
                                pending.append((path, entry.id, depth + 1))
                        elif meant(path, self.paths):
                            self._one(named(name), entry.id, entry.size)
            except (DataMissing, BadFormat, UnsafeName):
                self.unread += 1

    def _is_whole(self, folder: bytes) -> bool:
        """Whether all that lies in a folder is meant, so that its listing counts."""
        return not isinstance(self.paths, Pathspec) and meant(folder, self.paths)

    def _is_new(self, whose: str, folder: bytes, tree: BlobId) -> bool:
        """Whether a listing has to be opened: of a part of the files it tells others wherever it lies."""
        if not self.paths:
            return self._one(whose, tree, None)
        if self._is_whole(folder):
            self._one(whose, tree, None)
        if (whose, folder, tree) in self._opened:
            return False
        self._opened.add((whose, folder, tree))
        return True

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
    place: Workspace,
    tips: Sequence[str],
    excluded: Sequence[str],
    by: By,
    progress: Progress = SILENT,
    *,
    paths: Sequence[bytes] = (),
) -> Shares:
    """What the versions take that the commits reachable from `tips`, and not from `excluded`, have brought.

    With `paths`, only the files at and below them, or that a `Pathspec` means. An author has what he or she was the
    first to record. Nothing is changed or fetched. Raises `GitFailed` for a revision that there is not.
    """
    with progress.step("looking for data in commits"):
        needed = needed_versions(place, tips, excluded)
        found = [*needed.versions, *(needed.elsewhere if paths else ())]
        others = needed_versions(place, excluded, []).versions if excluded else []
        there = {one.root for one in others}
        found = [one for one in found if one.root not in there]  # at the tips everything counts
    by_commit = authors(place.git, (one.commit for one in found)) if by == "author" else {}
    total = len(found) + len(others)
    with place.open_store() as store, progress.step("looking at versions", total, unit="versions") as step:
        counted: set[RootId] = set()
        walk = _Walk(store, by == "author", paths)
        for one in found:
            if walk.add(one, _naming(by, one, by_commit)):
                counted.add(one.root)
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
        len(counted),
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
