"""A large file that was edited is cut along its earlier version, into the very chunks it would have without."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from gitdata.formats.sizes import Sizes
from gitdata.ids import BlobId
from gitdata.store import earlier_cuts as guides
from gitdata.store.blocks import Block
from gitdata.store.store import Store

MIB = 1 << 20


@dataclass(frozen=True)
class LargeFile:
    path: Path
    earlier: BlobId | None = None
    name: bytes = b"large"

    @property
    def full(self) -> bytes:
        return os.fsencode(self.path)

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> int:
        return os.open(self.path, os.O_RDONLY)


def text(seed: int, size: int) -> bytes:
    rng = random.Random(seed)
    row = b"".join(b"%d,%d\n" % (rng.randrange(10**6), rng.randrange(10**6)) for _ in range(1000))
    return b"".join(b"%d;" % number + row for number in range(size // len(row) + 1))[:size]


@dataclass(frozen=True)
class Edit:
    """At a share of the way through the file some bytes go and others come."""

    place: float
    gone: int
    come: int
    kind: str

    def made(self, content: bytes) -> bytes:
        start = int(self.place * len(content))
        come = {
            "zeros": bytes(self.come),
            "random": random.Random(self.come).randbytes(self.come),
            "copied": content[: self.come],
        }[self.kind]
        return content[:start] + come + content[start + self.gone :]


edits = st.builds(
    Edit,
    st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]) | st.floats(0, 1),
    st.sampled_from([0, 1, 100, 70_000, 3 * MIB, 20 * MIB]),
    st.sampled_from([0, 1, 100, 70_000, 900_000, 5 * MIB]),
    st.sampled_from(["zeros", "random", "copied"]),
)


def recipe(store: Store, blob: bytes) -> tuple[bytes, ...]:
    return store.find([BlobId(blob)]).recipes[BlobId(blob)]


@settings(max_examples=20)
@given(edits=st.lists(edits, min_size=0, max_size=4), size=st.sampled_from([2 * MIB, 9 * MIB, 13_000_001]))
def test_the_chunks_are_those_of_a_store_that_knows_no_earlier_version(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Edit], size: int
) -> None:
    place = tmp_path_factory.mktemp("guided")
    before = text(size, size) + bytes(2 * MIB) + text(1, MIB)
    after = before
    for edit in edits:
        after = edit.made(after)
    file, fresh = place / "file", place / "fresh"
    with Store.open(place / "store", fsync=False) as store, Store.open(fresh, fsync=False) as other:
        file.write_bytes(before)
        with store.ingest() as ingest:
            (first,) = ingest.add_files([LargeFile(file)])
        file.write_bytes(after)
        with store.ingest() as ingest:
            (second,) = ingest.add_files([LargeFile(file, first.blob)])
        with other.ingest() as ingest:
            (alone,) = ingest.add_files([LargeFile(file)])
        assert second.blob == alone.blob == blake3(after).digest()
        if len(after) > MIB:
            assert recipe(store, second.blob) == recipe(other, second.blob)
        assert b"".join(store.stream(second.blob)) == after
        assert store.fsck() == []


def test_what_was_known_is_not_cut_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_bytes = []
    real = guides.cut

    def counted(view: memoryview, sizes: Sizes, *, final: bool) -> list[int]:
        cut_bytes.append(len(view))
        return real(view, sizes, final=final)

    monkeypatch.setattr(guides, "cut", counted)
    file = tmp_path / "file"
    before = text(0, 40 * MIB)
    with Store.open(tmp_path / "store", fsync=False) as store:
        file.write_bytes(before)
        with store.ingest() as ingest:
            (first,) = ingest.add_files([LargeFile(file)])
        file.write_bytes(before[: 20 * MIB] + b"a new row\n" + before[20 * MIB :] + b"another\n")
        with store.ingest() as ingest:
            list(ingest.add_files([LargeFile(file, first.blob)]))
    assert 0 < sum(cut_bytes) < 3 * MIB


@pytest.mark.parametrize("earlier", ["absent", "small", "incomplete"])
def test_an_earlier_version_that_is_no_help_does_no_harm(tmp_path: Path, earlier: str) -> None:
    content = text(5, 3 * MIB)
    file = tmp_path / "file"
    file.write_bytes(content)
    with Store.open(tmp_path / "store", fsync=False) as store:
        known = BlobId(blake3(content[:100]).digest())
        with store.ingest() as ingest:
            if earlier == "small":
                assert ingest.add(content[:100]) == known
            if earlier == "incomplete":
                (whole,) = ingest.add_files([LargeFile(file)])
                known = whole.blob
        if earlier == "incomplete":
            for pack in store.packs():
                store.pack_path(pack).unlink()
    with Store.open(tmp_path / "store", fsync=False) as store:
        with store.ingest() as ingest:
            (stored,) = ingest.add_files([LargeFile(file, known)])
        assert b"".join(store.stream(stored.blob)) == content


def test_blocks_from_a_stream_are_cut_along_an_earlier_version_too(tmp_path: Path) -> None:
    content = text(6, 6 * MIB)

    def pieces(size: int) -> Iterator[Block]:
        return (Block(content[start : start + size]) for start in range(0, len(content), size))

    with Store.open(tmp_path / "store", fsync=False) as store:
        with store.ingest() as ingest:
            blob, size = ingest.add_blocks(pieces(4 * MIB))
        expected = recipe(store, blob)
        with store.ingest() as ingest:
            assert ingest.add_blocks(pieces(70_000), blob) == (blob, size)
        assert recipe(store, blob) == expected
        assert len(store.packs()) == 1
