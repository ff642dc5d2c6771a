"""Manifests: where on a remote the bytes of one root lie (docs/format.md, "Manifest").

A manifest may name bases: roots whose manifests complete it. What a base locates is not repeated.
"""

import operator
import struct
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import zstandard
from blake3 import blake3

from gitdata.errors import BadFormat
from gitdata.formats.located import MANY, Locations
from gitdata.formats.pack import LIMIT, Location, as_bytes, numbers_in, read_recipes, split_ids
from gitdata.formats.sizes import MAXIMUM
from gitdata.ids import ID_SIZE, BlobId, ChunkId, PackId, RootId
from gitdata.values import frozen

MAGIC = b"gitdata manifest 1\r\n"
MAX_BASES = 16
MAX_BODY = 1 << 30  # bytes, expanded
MAX_FILE = MAX_BODY + (MAX_BODY >> 8) + 1024  # bytes: what cannot be compressed grows by less than that
FREE_BODY = 64 << 20  # bytes that any manifest may expand to
MAX_RATIO = 32  # beyond that: ids do not compress
FILE_HEAD = struct.Struct("<Q32s")  # length and BLAKE3 of the body
_ROW = struct.Struct(">II32sII")  # number of the pack, offset, chunk, lengths: sorted by its bytes it is in order
_TOGETHER = 200_000  # rows that are sorted together
_PAGE = 10_000  # rows as values at a time
_BLOCK = 20  # bits of an offset within a block of a pack, 1 MiB
_BLOCKS = 7  # bits of the number of such a block: a pack has at most 64 MiB
HEAD = struct.Struct("<32sIIIII")  # root, bases, packs, chunks, recipes, chunk ids in recipes


@frozen
class Manifest:
    """The locations that one upload adds."""

    root: RootId
    bases: tuple[RootId, ...]
    chunks: Mapping[ChunkId, Location]
    recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]]  # size in bytes, chunks; only blobs of several chunks


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest file; raises `ValueError` for more than 16 bases."""
    if len(manifest.bases) > MAX_BASES:
        raise ValueError("a manifest has at most 16 bases")
    packs = sorted({location.pack for location in manifest.chunks.values()})
    recipes = sorted(manifest.recipes.items())
    references = sum(len(ids) for _blob, (_size, ids) in recipes)
    chunks, columns = bytearray(), [array("I"), array("I"), array("I"), array("I")]
    for rows in _in_order(manifest.chunks, packs):
        for start in range(0, len(rows), _PAGE):
            few = _ROW.iter_unpack(b"".join(rows[start : start + _PAGE]))
            numbers, offsets, ids, stored, raw = zip(*few, strict=True)
            chunks += b"".join(ids)
            for column, items in zip(columns, (numbers, offsets, stored, raw), strict=True):
                column.extend(items)
    count = len(manifest.chunks)
    parts: list[bytes | bytearray] = [
        HEAD.pack(manifest.root, len(manifest.bases), len(packs), count, len(recipes), references),
        *manifest.bases,
        *packs,
        chunks,
        *map(as_bytes, columns),
        *[blob for blob, _recipe in recipes],
        struct.pack(f"<{len(recipes)}Q", *[size for _blob, (size, _ids) in recipes]),
        struct.pack(f"<{len(recipes)}I", *[len(ids) for _blob, (_size, ids) in recipes]),
        *[chunk for _blob, (_size, ids) in recipes for chunk in ids],
    ]
    del chunks, columns
    return _packed(parts)


def _packed(parts: list[bytes | bytearray]) -> bytes:
    """A manifest file with these parts of a body, which go: the whole body beside them would take as much again."""
    size, hasher = sum(map(len, parts)), blake3()
    packing = zstandard.ZstdCompressor(level=3).compressobj(size=size)
    packed = []
    parts.reverse()
    while parts:
        part = parts.pop()
        hasher.update(part)
        packed.append(packing.compress(part))
    packed.append(packing.flush())
    return b"".join([MAGIC, FILE_HEAD.pack(size, hasher.digest()), *packed])


def _in_order(chunks: Mapping[ChunkId, Location], packs: Sequence[PackId]) -> Iterator[list[bytes]]:
    """The rows of a manifest by pack and offset. To sort all of many at once takes twice as much memory as they do."""
    numbers = {pack: number for number, pack in enumerate(packs)}
    if len(chunks) <= _TOGETHER:
        portions = [(0, len(packs) << _BLOCKS)]
    else:
        counts = Counter((numbers[where.pack] << _BLOCKS) + (where.offset >> _BLOCK) for where in chunks.values())
        portions = list(_portions(counts))
    for first, end in portions:
        rows = [
            _ROW.pack(number, offset, chunk, stored, raw)
            for chunk, (pack, offset, stored, raw) in chunks.items()
            if first <= ((number := numbers[pack]) << _BLOCKS) + (offset >> _BLOCK) < end
        ]
        rows.sort()
        if rows:
            yield rows


def _portions(counts: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Ranges of blocks of packs that have not too many chunks together."""
    first = together = 0
    for block in sorted(counts):
        if together and together + counts[block] > _TOGETHER:
            yield first, block
            first, together = block, 0
        together += counts[block]
    yield first, max(counts, default=0) + 1


def decode(data: bytes) -> Manifest:
    """Read a manifest file; raises `BadFormat` unless it is exactly one."""
    body = checked_body(data)
    if len(body) < HEAD.size:
        raise BadFormat("a manifest is cut off")
    root, base_count, pack_count, count, recipe_count, references = HEAD.unpack_from(body)
    ids = base_count + pack_count + count + recipe_count + references
    if base_count > MAX_BASES or HEAD.size + ids * ID_SIZE + count * 16 + recipe_count * 12 != len(body):
        raise BadFormat("a manifest is damaged")
    position = HEAD.size
    bases = tuple(split_ids(body, position, base_count))
    position += base_count * ID_SIZE
    packs = list(split_ids(body, position, pack_count))
    position += pack_count * ID_SIZE
    chunks = _chunks(body, position, count, packs)
    position += count * (ID_SIZE + 16)
    found = read_recipes(body, position, recipe_count, references)
    recipes = {recipe.blob: (recipe.size, recipe.chunks) for recipe in found}
    if len(recipes) != len(found):
        raise BadFormat("a manifest has two recipes of one blob")
    return Manifest(RootId(root), bases, chunks, recipes)


def checked_body(data: bytes) -> bytes:
    """What a manifest file holds, expanded and compared with its hash; raises `BadFormat`."""
    start = len(MAGIC) + FILE_HEAD.size
    if not data.startswith(MAGIC) or len(data) < start:
        raise BadFormat("this is not a manifest of version 1")
    length, digest = FILE_HEAD.unpack_from(data, len(MAGIC))
    packed = data[start:]
    try:
        declared = zstandard.frame_content_size(packed)
        if length > min(MAX_BODY, FREE_BODY + MAX_RATIO * len(packed)) or declared != length:
            raise BadFormat("a manifest declares an impossible length")
        body: bytes = zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadFormat(f"a manifest cannot be decompressed: {error}") from error
    if len(body) != length or blake3(body).digest() != digest:
        raise BadFormat("a manifest is damaged")
    return body


def _chunks(body: bytes, position: int, count: int, packs: list[PackId]) -> Mapping[ChunkId, Location]:
    ids = split_ids(body, position, count)
    position += count * ID_SIZE
    columns = [numbers_in(body, position + column * 4 * count, count) for column in range(4)]
    if count and (
        max(columns[0]) >= len(packs)
        or max(columns[1]) > LIMIT
        or max(columns[3]) > MAXIMUM
        or any(map(operator.gt, columns[2], columns[3]))
    ):
        raise BadFormat("a manifest has impossible locations")
    rows = zip(map(packs.__getitem__, columns[0]), columns[1], columns[2], columns[3], strict=True)
    items = zip(ids, map(partial(tuple.__new__, Location), rows), strict=True)
    found: Mapping[ChunkId, Location] = dict(items) if count <= MANY else Locations(items)
    if len(found) != count:
        raise BadFormat("a manifest has a chunk twice")
    return found
