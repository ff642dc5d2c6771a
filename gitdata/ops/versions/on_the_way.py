"""On the way: the trees that lead to paths of several versions, those of one depth fetched together."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from gitdata.errors import BadFormat, BadPointer, DataCorrupt, DataMissing, Offline, UnsafeName
from gitdata.formats.seek import seek
from gitdata.ids import BlobId
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import Version
from gitdata.values import frozen


@frozen
class _Way:
    """A tree, and where it leads."""

    tree: BlobId
    need: Need
    names: tuple[bytes, ...]  # below it


def bring(source: Source, wanted: Iterable[tuple[Version, bytes]]) -> None:
    """Fetch the trees that are missing to look up paths in versions.

    What cannot be had is left out, and offline all of it: that shows when the paths are looked up.
    """
    level = [way for version, path in wanted for way in _start(version, path)]
    while level:
        with suppress(DataCorrupt, DataMissing, Offline):
            source.bring_trees({way.tree: way.need for way in level})
        level = [below for way in level for below in _below(source, way)]


def _start(version: Version, path: bytes) -> Iterator[_Way]:
    pointer = version.pointer_of(path)
    inside = path[len(pointer.data) + 1 :] if pointer is not None else b""
    with suppress(BadPointer):
        if pointer is not None and inside and version.need(pointer).value.tree_root is not None:
            need = version.need(pointer)
            yield _Way(BlobId(need.value.root()), need, tuple(inside.split(b"/")))


def _below(source: Source, way: _Way) -> Iterator[_Way]:
    with suppress(BadFormat, DataCorrupt, DataMissing, UnsafeName):
        entry = seek(source.tree(way.tree), way.names[0])
        if entry is not None and entry.kind == "dir" and way.names[1:]:
            yield _Way(entry.id, way.need, way.names[1:])
