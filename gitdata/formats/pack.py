"""Packs: immutable files of frames, with their own table of contents at the end (docs/format.md, "Pack")."""

import operator
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, islice
from typing import Any, NamedTuple

from blake3 import blake3

from gitdata.errors import BadFormat
from gitdata.formats.sizes import MAXIMUM
from gitdata.ids import ID_SIZE, BlobId, ChunkId, PackId
from gitdata.values import field, frozen, mutable

LIMIT = 64 << 20  # bytes of a whole pack: one plain PUT moves it
SALT_SIZE = 16
MAX_RECIPE = 1_000_000  # chunks of one blob; its recipe has to fit into one pack
MAGIC = b"gitdata pack 1\r\n"  # CR LF, so that a text conversion is noticed
_HEAD = struct.Struct("<II16s")  # frames, recipes, salt
_TRAILER = struct.Struct("<Q32s16s")  # length of the table, its BLAKE3, magic
TRAILER_SIZE = _TRAILER.size
FRAME_COST = ID_SIZE + 8  # bytes in the table for one frame
RECIPE_COST = ID_SIZE + 12  # and for one recipe, without its chunks


class Location(NamedTuple):
    """Where a frame lies."""

    pack: PackId
    offset: int  # bytes from the start of the pack
    stored: int  # bytes in the pack
    raw: int  # bytes of the chunk


class Frame(NamedTuple):
    """One row of the table of contents."""

    chunk: ChunkId
    offset: int
    stored: int
    raw: int


class Recipe(NamedTuple):
    """The chunks of one blob, in order."""

    blob: BlobId
    size: int  # bytes
    chunks: tuple[ChunkId, ...]


@frozen
class Toc:
    """The table of contents of a pack."""

    frames: list[Frame]
    recipes: list[Recipe]
    salt: bytes  # 16 random bytes: no two packs ever have the same name


def toc_size(frames: int, recipes: int, recipe_chunks: int) -> int:
    """Bytes of a table and its trailer."""
    return _HEAD.size + frames * FRAME_COST + recipes * RECIPE_COST + recipe_chunks * ID_SIZE + TRAILER_SIZE


@mutable
class Columns:
    """The frames of a pack that is being written, as they will stand in its table."""

    chunks: bytearray = field(default_factory=bytearray)  # ids
    stored: "array[int]" = field(default_factory=partial(array, "I"))  # bytes
    raw: "array[int]" = field(default_factory=partial(array, "I"))  # bytes

    def add(self, chunk: ChunkId, stored: int, raw: int) -> None:
        """Add a frame."""
        self.chunks += chunk
        self.stored.append(stored)
        self.raw.append(raw)


def encode_toc(toc: Toc) -> bytes:
    """The one encoding of a table; offsets are not written, they follow from the lengths."""
    columns = Columns()
    for frame in toc.frames:
        columns.add(frame.chunk, frame.stored, frame.raw)
    return encode_table(columns, toc.recipes, toc.salt)


def encode_table(columns: Columns, recipes: Sequence[Recipe], salt: bytes) -> bytes:
    """`encode_toc` of frames in columns."""
    return b"".join(
        [
            _HEAD.pack(len(columns.stored), len(recipes), salt),
            columns.chunks,
            as_bytes(columns.stored),
            as_bytes(columns.raw),
            b"".join([recipe.blob for recipe in recipes]),
            struct.pack(f"<{len(recipes)}Q", *[recipe.size for recipe in recipes]),
            struct.pack(f"<{len(recipes)}I", *[len(recipe.chunks) for recipe in recipes]),
            b"".join([chunk for recipe in recipes for chunk in recipe.chunks]),
        ]
    )


def decode_toc(data: bytes) -> Toc:
    """Read a table; raises `BadFormat` unless it is exactly one."""
    return Toc(list(frames_in(data)), recipes_in(data), _head(data)[2])


def frames_in(data: bytes) -> Iterator[Frame]:
    """The rows of an encoded table, one after the other; raises `BadFormat`, before the first of them."""
    return map(partial(tuple.__new__, Frame), zip(*_frame_columns(data, _head(data)[0]), strict=False))


def recipes_in(data: bytes) -> list[Recipe]:
    """The recipes of an encoded table; raises `BadFormat`."""
    count, recipe_count, _salt = _head(data)
    position = _HEAD.size + count * FRAME_COST
    references, rest = divmod(len(data) - position - recipe_count * RECIPE_COST, ID_SIZE)
    if rest:
        raise BadFormat("the recipes of a pack are damaged")
    return read_recipes(data, position, recipe_count, references)


def stored_in(data: bytes) -> int:
    """The bytes of all frames that an encoded table lists; raises `BadFormat`."""
    return sum(_frame_columns(data, _head(data)[0])[2])


def _head(data: bytes) -> tuple[int, int, bytes]:
    """The numbers of frames and recipes of a table, and its salt."""
    if len(data) < _HEAD.size:
        raise BadFormat("the table of a pack is cut off")
    count, recipe_count, salt = _HEAD.unpack_from(data)
    if _HEAD.size + count * FRAME_COST + recipe_count * RECIPE_COST > len(data):
        raise BadFormat("the table of a pack is cut off")
    return count, recipe_count, salt


def _frame_columns(data: bytes, count: int) -> tuple[Iterator[ChunkId], Iterable[int], Sequence[int], Sequence[int]]:
    """Chunks, offsets (one too many), stored and raw lengths of the `count` frames of a table."""
    position = _HEAD.size + count * ID_SIZE
    stored = numbers_in(data, position, count)
    raw = numbers_in(data, position + 4 * count, count)
    if count and (max(raw) > MAXIMUM or any(map(operator.gt, stored, raw)) or sum(stored) > LIMIT):
        raise BadFormat("the table of a pack has impossible lengths")
    return split_ids(data, _HEAD.size, count), accumulate(stored, initial=0), stored, raw


def numbers_in(data: bytes, position: int, count: int) -> "array[int]":
    """`count` numbers of four bytes that stand back to back, in as many bytes."""
    found = array("I")
    found.frombytes(memoryview(data)[position : position + found.itemsize * count])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def as_bytes(numbers: "array[int]") -> bytes:
    """Numbers of four bytes, back to back."""
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def read_recipes(data: bytes, position: int, count: int, references: int) -> list[Recipe]:
    """`count` recipes in columns, with `references` chunks in all; the caller has checked that the bytes are there."""
    blobs = list(split_ids(data, position, count))
    position += count * ID_SIZE
    sizes = struct.unpack_from(f"<{count}Q", data, position)
    position += 8 * count
    lengths = struct.unpack_from(f"<{count}I", data, position)
    position += 4 * count
    if sum(lengths) != references or (count and (min(lengths) < 2 or max(lengths) > MAX_RECIPE)):
        raise BadFormat("the recipes are damaged")
    parts = split_ids(data, position, references)
    rows = zip(blobs, sizes, lengths, strict=True)
    return [Recipe(blob, size, tuple(islice(parts, length))) for blob, size, length in rows]


def split_ids(data: bytes, position: int, count: int) -> Iterator[Any]:
    """`count` ids of some kind that stand back to back."""
    return (data[start : start + ID_SIZE] for start in range(position, position + count * ID_SIZE, ID_SIZE))


def trailer(table: bytes) -> bytes:
    """What ends a pack after its encoded table."""
    return _TRAILER.pack(len(table), blake3(table).digest(), MAGIC)


def parse_trailer(data: bytes) -> tuple[int, bytes]:
    """Length and hash of the table, from the last bytes of a pack; raises `BadFormat`."""
    if len(data) < TRAILER_SIZE:
        raise BadFormat("a pack is cut off")
    length, digest, magic = _TRAILER.unpack(data[-TRAILER_SIZE:])
    if magic != MAGIC:
        raise BadFormat("a pack does not end as one of version 1 does")
    if length > LIMIT:
        raise BadFormat("the table of a pack is larger than a pack")
    return length, digest


def frame_count(table: bytes) -> int:
    """How many frames an encoded table lists."""
    count: int = _HEAD.unpack_from(table)[0]
    return count


def check_table(data: bytes, digest: bytes) -> None:
    """Compare an encoded table with the hash in the trailer; raises `BadFormat`."""
    if blake3(data).digest() != digest or len(data) < _HEAD.size:
        raise BadFormat("the table of a pack is damaged")
