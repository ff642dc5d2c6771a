"""Bringing: the trees in which versions of many pointers differ, those of one depth fetched together."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from gitdata.errors import BadFormat, BadPointer, DataCorrupt, DataMissing, UnsafeName
from gitdata.formats.pointer import data_path, form_of
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.formats.side_by_side import side_by_side
from gitdata.formats.tree import NO_FILES
from gitdata.ids import BlobId
from gitdata.ops.history.inside import Inside
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import concerns
from gitdata.values import frozen


@frozen
class Pair:
    """A pointer or a pattern file in two commits."""

    path: bytes  # where it is, or was
    before: str | None
    after: str | None
    was: bytes | None = None  # the path before, of one that was renamed

    @property
    def is_file(self) -> bool:
        """Whether it is a pattern file."""
        return not isinstance(checked(self.path), PointerPath)

    @property
    def is_moved(self) -> bool:
        """Whether nothing differs but its path."""
        return self.was is not None and self.before == self.after


class _Folder(NamedTuple):
    """A directory in two versions."""

    path: bytes
    one: BlobId | None
    other: BlobId | None
    need: Need


def bring(source: Source, inside: Inside, pairs: Iterable[Pair], paths: Sequence[bytes]) -> None:
    """Fetch the trees that are missing to tell the files at and below `paths` in which each of `pairs` differs.

    With no paths, all files. What cannot be had is left out: that shows when it is compared.
    """
    level = [folder for pair in pairs for folder in _top(inside, pair)]
    while level:
        with suppress(DataCorrupt, DataMissing):
            source.bring_trees(_wanted(level))
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
            if (one or other) and (not paths or concerns(path, paths)):
                yield _Folder(path, one, other, folder.need)
    except (BadFormat, DataMissing, UnsafeName):
        return
