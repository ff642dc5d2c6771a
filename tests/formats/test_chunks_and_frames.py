"""Chunks, frames, packs and manifests: round trips, bounds, hostile bytes."""

import contextlib
import os
import random
import struct

import pytest
import zstandard
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from gitdata.errors import BadFormat
from gitdata.formats import chunking, frames, manifest, pack
from gitdata.formats.manifest import Manifest
from gitdata.formats.pack import Frame, Location, Recipe, Toc
from gitdata.formats.sizes import USUAL

ids = st.binary(min_size=32, max_size=32)


def text(seed: int, size: int) -> bytes:
    numbers = random.Random(seed)
    return b"".join(b"%d,%d\n" % (n, numbers.randrange(10**6)) for n in range(size // 10))[:size]


@pytest.mark.parametrize("seed", range(6))
def test_chunks_do_not_depend_on_how_content_was_buffered(seed: int) -> None:
    numbers = random.Random(seed)
    content = numbers.choice([text(seed, 3_000_000), numbers.randbytes(2_000_000), b"\0" * 2_000_000])
    whole = chunking.cut(content, final=True)
    assert sum(whole) == len(content)
    assert all(size <= USUAL.maximum for size in whole)
    assert all(size >= USUAL.minimum for size in whole[:-1])
    found: list[int] = []
    carried, position = b"", 0
    while position < len(content):
        step = numbers.randrange(1, 700_000)
        buffer = carried + content[position : position + step]
        position += step
        lengths = chunking.cut(buffer, final=position >= len(content))
        found += lengths
        carried = buffer[sum(lengths) :]
    assert found == whole


def test_an_insertion_changes_few_chunks() -> None:
    content = text(1, 4_000_000)
    edited = content[:1_000_000] + b"inserted\n" + content[1_000_000:]

    def names(data: bytes) -> set[bytes]:
        found, start = set(), 0
        for length in chunking.cut(data, final=True):
            found.add(data[start : start + length])
            start += length
        return found

    assert len(names(edited) - names(content)) <= 3


@given(st.binary(max_size=100_000))
def test_frames_come_back(raw: bytes) -> None:
    stored = frames.compress(raw)
    assert len(stored) <= len(raw)
    assert frames.expand(bytes(stored), len(raw)) == raw


def test_compressible_content_shrinks_and_random_content_stays() -> None:
    assert len(frames.compress(text(1, 100_000))) < 70_000
    raw = os.urandom(100_000)
    assert frames.compress(raw) is raw


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_expand_to_the_declared_length_or_not_at_all(stored: bytes, length: int) -> None:
    with contextlib.suppress(BadFormat):
        assert len(frames.expand(stored, length)) == length


def test_bombs_are_refused_without_the_memory() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(512 << 20))
    undeclared = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1 << 20))
    frame = zstandard.ZstdCompressor().compress(b"a" * 1000)
    for stored, length in (
        (bomb, 1 << 18),
        (undeclared, 1 << 18),
        (frame + b"x", 1000),
        (frame + frame, 1000),
        (frame, 999),
    ):
        with pytest.raises(BadFormat):
            frames.expand(stored, length)


def tocs() -> st.SearchStrategy[Toc]:
    rows = st.lists(st.tuples(ids, st.integers(0, 1000), st.integers(0, 1000)), max_size=8)
    recipes = st.lists(
        st.builds(Recipe, ids, st.integers(0, 2**50), st.lists(ids, min_size=2, max_size=4).map(tuple)), max_size=3
    )

    def make(found: list[tuple[bytes, int, int]], made: list[Recipe], salt: bytes) -> Toc:
        placed, offset = [], 0
        for chunk, stored, more in found:
            placed.append(Frame(chunk, offset, stored, stored + more))
            offset += stored
        return Toc(placed, made, salt)

    return st.builds(make, rows, recipes, st.binary(min_size=16, max_size=16))


@given(tocs())
def test_tables_come_back(toc: Toc) -> None:
    data = pack.encode_toc(toc)
    assert pack.decode_toc(data) == toc
    references = sum(len(recipe.chunks) for recipe in toc.recipes)
    assert len(data) + pack.TRAILER_SIZE == pack.toc_size(len(toc.frames), len(toc.recipes), references)


@given(tocs(), st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_table_is_noticed_by_its_trailer(toc: Toc, place: int, value: int) -> None:
    data = bytearray(pack.encode_toc(toc))
    length, digest = pack.parse_trailer(pack.trailer(bytes(data)))
    assert (length, digest) == (len(data), blake3(bytes(data)).digest())
    before = bytes(data)
    data[place % len(data)] = value
    if bytes(data) != before:
        with pytest.raises(BadFormat):
            pack.check_table(bytes(data), digest)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_an_error(data: bytes) -> None:
    try:
        toc = pack.decode_toc(data)
    except BadFormat:
        return
    assert pack.encode_toc(toc) == data


def test_a_table_that_promises_billions_of_frames_is_refused_at_once() -> None:
    with pytest.raises(BadFormat):
        pack.decode_toc(struct.pack("<II16s", 2**32 - 1, 2**32 - 1, b"s" * 16) + b"x" * 100)


@given(ids, st.lists(ids, max_size=16, unique=True), st.lists(st.tuples(ids, ids), max_size=6), st.data())
def test_manifests_come_back(
    root: bytes, bases: list[bytes], rows: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    chunks = {chunk: Location(where, data.draw(st.integers(0, 10**7)), 5, 9) for chunk, where in rows}
    recipes = data.draw(
        st.dictionaries(
            ids, st.tuples(st.integers(0, 2**40), st.lists(ids, min_size=2, max_size=4).map(tuple)), max_size=3
        )
    )
    value = Manifest(root, tuple(bases), chunks, recipes)
    assert manifest.decode(manifest.encode(value)) == value


@given(st.binary(max_size=200), st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_manifest_is_refused(junk: bytes, place: int, flip: int) -> None:
    value = Manifest(b"r" * 32, (b"b" * 32,), {b"c" * 32: Location(b"p" * 32, 0, 5, 9)}, {})
    data = bytearray(manifest.encode(value))
    data[place % len(data)] ^= flip
    for hostile in (bytes(data), junk, bytes(data[: place % len(data)]), manifest.encode(value) + b"x"):
        with pytest.raises(BadFormat):
            manifest.decode(hostile)


def test_a_manifest_bomb_is_refused() -> None:
    packed = zstandard.ZstdCompressor().compress(bytes(64 << 20))
    head = manifest.MAGIC + struct.pack("<Q32s", 1 << 40, bytes(32))
    with pytest.raises(BadFormat, match="length"):
        manifest.decode(head + packed)
