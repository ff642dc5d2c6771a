"""Parts of blobs: some bytes of a file, of which only the chunks concerned are read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gitdata.errors import DataMissing
from gitdata.formats import frames
from gitdata.ids import BlobId, ChunkId, short
from gitdata.store.store import Store


class Piece(NamedTuple):
    """A chunk of a blob, and where in it that lies."""

    chunk: ChunkId
    start: int  # in bytes from the beginning of the blob
    length: int  # bytes

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.start + self.length


def pieces(chunks: Iterable[tuple[ChunkId, int]]) -> list[Piece]:
    """The pieces that chunks (and their bytes), one after the other, are."""
    found: list[Piece] = []
    position = 0
    for chunk, length in chunks:
        found.append(Piece(chunk, position, length))
        position += length
    return found


def layout(store: Store, blob: BlobId) -> list[Piece] | None:
    """The pieces of a blob; None when some of it is not in the store."""
    found = store.find([blob])
    recipe = found.recipes.get(blob, (ChunkId(blob),))
    if any(chunk not in found.locations for chunk in recipe):
        return None
    return pieces((chunk, found.locations[chunk].raw) for chunk in recipe)


def within(pieces_of: Iterable[Piece], start: int, stop: int) -> list[Piece]:
    """The pieces that have some of the bytes from `start` up to `stop`."""
    return [piece for piece in pieces_of if piece.start < stop and piece.end > start and piece.length]


def read(store: Store, needed: Iterable[Piece], start: int, stop: int) -> Iterator[bytes | memoryview]:
    """The bytes from `start` up to `stop`, of which `needed` are the pieces; every chunk is verified.

    Raises `DataMissing` and `DataCorrupt`.
    """
    needed = list(needed)
    located = store.locate({piece.chunk for piece in needed})
    for piece in needed:
        location = located.get(piece.chunk)
        if location is None:
            raise DataMissing(f"{short(piece.chunk)} is not in this clone", "bring it with `git data fetch`")
        raw = frames.expand(store.frame(piece.chunk, location), location.raw)
        yield raw[max(0, start - piece.start) : stop - piece.start]
