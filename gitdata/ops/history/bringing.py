"""Bringing: the trees in which versions of many pointers differ, those of one depth fetched together."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gitdata.errors import BadFormat, BadPointer, DataMissing, Offline, UnsafeName
from gitdata.formats.pointer import data_path, form_of
from gitdata.formats.side_by_side import side_by_side
from gitdata.formats.tree import NO_FILES
from gitdata.ids import BlobId
from gitdata.ops.history.compared import Pair
from gitdata.ops.history.inside import Inside, bring_trees
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import concerns


class _Folder(NamedTuple):
    """A directory in two versions."""

    path: bytes
    one: BlobId | None
    other: BlobId | None
    need: Need


def bring(source: Source, inside: Inside, pairs: Iterable[Pair], paths: Sequence[bytes]) -> None:
    """Fetch the trees that are missing to tell the files at and below `paths` in which each of `pairs` differs.

    Does nothing when the uppermost ones are here, and leaves out what cannot be had: that shows when it is compared.
    """
    level = [folder for pair in pairs for folder in _top(inside, pair)]
    if source.offline or not _wanted(level).keys() - source.store.has(_wanted(level)):
        return
    while level:
        try:
            bring_trees(source, _wanted(level))
        except (DataMissing, Offline):
            return
        level = [below for folder in level for below in _below(source, folder, paths)]


def _top(inside: Inside, pair: Pair) -> Iterator[_Folder]:
    oids = [oid for oid in (pair.before, pair.after) if oid is not None]
    if pair.before == pair.after or any(form_of(inside.text(oid)) != "tree" for oid in oids):
        return
    try:
        values = [inside.pointer(oid) if oid is not None else None for oid in (pair.before, pair.after)]
    except BadPointer:
        return
    one, other = (BlobId(value.root()) if value is not None else None for value in values)
    need = next(Need(pair.path, value) for value in reversed(values) if value is not None)
    yield _Folder(data_path(pair.path), one, other, need)


def _wanted(level: Iterable[_Folder]) -> dict[BlobId, Need]:
    return {tree: folder.need for folder in level for tree in (folder.one, folder.other) if tree is not None}


def _below(source: Source, folder: _Folder, paths: Sequence[bytes]) -> Iterator[_Folder]:
    try:
        here, there = (NO_FILES if tree is None else source.tree(tree) for tree in (folder.one, folder.other))
        for name, was, now in side_by_side(here, there):
            path = folder.path + b"/" + name
            one, other = (entry.id if entry is not None and entry.kind == "dir" else None for entry in (was, now))
            if (one or other) and concerns(path, paths):
                yield _Folder(path, one, other, folder.need)
    except (BadFormat, DataMissing, UnsafeName):
        return
