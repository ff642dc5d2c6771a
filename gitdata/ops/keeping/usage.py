"""Usage: what takes up how much of this clone's store, and for whom."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from gitdata.errors import DataCorrupt
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.ids import BlobId, ChunkId
from gitdata.ops.keeping.in_use import Blobs, InUse, Use, Version, in_use
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_USES: tuple[Use, ...] = ("checked out", "commits", "reflog", "undo")
_BY_PATTERN = b""


@frozen
class RootUsage:
    """One data root, or all files that are tracked by pattern; bytes are those that chunks take in packs."""

    path: bytes  # empty: the files by pattern
    versions: int
    stored: int  # bytes of all its versions, each chunk counted once
    alone: int  # bytes of them that no other root uses
    work_tree: int  # bytes of the files that are checked out here


@frozen
class Group:
    """The versions of one use."""

    use: str
    versions: int
    stored: int  # bytes that no group before has


@frozen
class Usage:
    """All of it, in bytes."""

    roots: tuple[RootUsage, ...]
    groups: tuple[Group, ...]
    unnamed: int  # of chunks that nothing names: `git data prune` removes them once they are old
    packs: int  # the files of all packs
    aside: int  # damaged packs that were set aside
    remotes: int  # what was read of remotes and is kept
    other: int  # catalog, state, and the rest
    total: int  # of `.git/gitdata`


def usage(place: Workspace, progress: Progress = SILENT) -> Usage:
    """Look at all versions that are named and at the tables of all packs; nothing is changed."""
    used = in_use(place, progress)
    with place.open_store() as store:
        names: defaultdict[bytes, list[Version]] = defaultdict(list)
        for one in used.versions:
            names[data_path(one.path) if is_pointer_path(one.path) else _BY_PATTERN].append(one)
        chunks = {name: _chunks(store, versions) for name, versions in names.items()}
        everything = set[ChunkId]().union(*chunks.values(), store.chunks_of(used.blobs))
        stored = {chunk: where.stored for chunk, where in store.locate(set(everything)).items()}
        owners: dict[ChunkId, bytes | None] = {}
        for name, some in chunks.items():
            for chunk in some & stored.keys():
                owners[chunk] = None if chunk in owners else name
        alone: defaultdict[bytes | None, int] = defaultdict(int)
        for chunk, owner in owners.items():
            alone[owner] += stored[chunk]
        roots = tuple(
            RootUsage(
                name,
                len({one.root for one in names[name]}),
                sum(stored.get(chunk, 0) for chunk in chunks[name]),
                alone[name],
                sum(_checked_out(place, one) for one in names[name] if one.use == "checked out"),
            )
            for name in sorted(names)
        )
        groups = _groups(store, used, stored)
        packs, unnamed = sum(store.packs().values()), _unnamed(store, everything)
    folder = place.store_directory
    aside, remotes = _size(folder / "quarantine"), _size(folder / "remotes")
    total = _size(folder)
    return Usage(roots, groups, unnamed, packs, aside, remotes, total - packs - aside - remotes, total)


def _chunks(store: Store, versions: Iterable[Version]) -> set[ChunkId]:
    blobs = Blobs(store)
    for one in versions:
        blobs.add(one.value)
    return store.chunks_of(blobs.seen)


def _groups(store: Store, used: InUse, stored: dict[ChunkId, int]) -> tuple[Group, ...]:
    blobs, counted, groups = Blobs(store), set[ChunkId](), []
    for use in _USES:
        new: set[BlobId] = set(used.blobs) if use == _USES[0] else set()
        versions = used.of(use)
        for one in versions:
            new |= blobs.add(one.value)
        chunks = store.chunks_of(new) - counted
        counted |= chunks
        groups.append(Group(use, len({one.root for one in versions}), sum(stored.get(chunk, 0) for chunk in chunks)))
    return tuple(groups)


def _unnamed(store: Store, named: set[ChunkId]) -> int:
    left: dict[ChunkId, int] = {}
    for pack in store.packs():
        try:
            left.update((frame.chunk, frame.stored) for frame in store.toc(pack).frames if frame.chunk not in named)
        except DataCorrupt:  # told by fsck
            continue
    return sum(left.values())


def _checked_out(place: Workspace, one: Version) -> int:
    """The bytes of a version that is what this work tree has."""
    if not is_pointer_path(one.path):
        full = os.path.join(os.fsencode(place.repository.top), one.path)
        return one.value.size if os.path.isfile(full) and os.path.getsize(full) == one.value.size else 0
    root, base = place.root(one.path), place.state.base(one.path)
    if base is None or not os.path.lexists(root.full):
        return 0
    return one.value.size if pointer_files.parse(one.path, base).root() == one.root else 0


def _size(folder: Path) -> int:
    found = 0
    for top, _folders, files in os.walk(folder):
        for name in files:
            try:
                found += os.lstat(os.path.join(top, name)).st_size
            except OSError:  # gone meanwhile
                continue
    return found
