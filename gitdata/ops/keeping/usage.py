"""Usage: what takes up how much of this clone's store, and for whom."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Union

from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.ops.keeping.blobs_of import PORTION, Blobs
from gitdata.ops.keeping.in_use import Use, Version, in_use
from gitdata.progress import SILENT, Progress
from gitdata.store.database import batches
from gitdata.store.labelled import Labelled
from gitdata.store.locating import all_frames
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_USES: tuple[Use, ...] = ("checked out", "commits", "reflog", "undo")
_BY_PATTERN = b""


@frozen
class _Root:
    """A data root, as one that needs a chunk."""

    name: bytes


_For = Union[Use, _Root]  # noqa: UP007 - evaluated, also by Python 3.9


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
        labelled = Labelled[_For]()
        for name, versions in names.items():
            _label(store, labelled, versions, _Root(name))
        for use in _USES:
            _label(store, labelled, used.of(use), use)
        for portion in batches(used.blobs, PORTION):
            labelled.add(store.chunks_of(portion), _USES[0])
        stored = labelled.stored(all_frames(store.packs(), store.table))
        packs = sum(store.packs().values())
    roots = tuple(
        RootUsage(
            name,
            len({one.root for one in names[name]}),
            sum(size for named, size in stored.items() if _Root(name) in named),
            sum(size for named, size in stored.items() if _roots(named) == {name}),
            sum(_checked_out(place, one) for one in names[name] if one.use == "checked out"),
        )
        for name in sorted(names)
    )
    groups = tuple(
        Group(
            use,
            len({one.root for one in used.of(use)}),
            sum(size for named, size in stored.items() if use == next((one for one in _USES if one in named), None)),
        )
        for use in _USES
    )
    unnamed = stored.get(frozenset(), 0)
    folder = place.store_directory
    aside, remotes = _size(folder / "quarantine"), _size(folder / "remotes")
    total = _size(folder)
    return Usage(roots, groups, unnamed, packs, aside, remotes, total - packs - aside - remotes, total)


def _label(store: Store, labelled: "Labelled[_For]", versions: Iterable[Version], what: "_For") -> None:
    blobs = Blobs(store)
    for one in versions:
        for portion in blobs.add(one.value):
            labelled.add(store.chunks_of(portion), what)


def _roots(named: "frozenset[_For]") -> set[bytes]:
    return {one.name for one in named if isinstance(one, _Root)}


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
