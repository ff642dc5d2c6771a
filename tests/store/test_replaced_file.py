"""What a file that is about to be replaced still has of the next version is taken from it, when it is right."""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitdata.ids import BlobId
from gitdata.store import replaced_file
from gitdata.store.blocks import Block
from gitdata.store.reading import Damaged
from gitdata.store.store import Store

MIB = 1 << 20
BEFORE = random.Random(1).randbytes(12 * MIB)
AFTER = (
    BEFORE[: 5 * MIB] + b"inserted" + BEFORE[5 * MIB : 9 * MIB] + random.Random(2).randbytes(MIB) + BEFORE[10 * MIB :]
)


@dataclass
class Both:
    """A store that has both versions, and a file that has the first."""

    store: Store
    file: Path
    before: BlobId
    after: BlobId

    def read(self, *, look: bool = True) -> bytes:
        with ThreadPoolExecutor(2) as pool:
            descriptor = os.open(self.file, os.O_RDONLY)
            try:
                there = self.store.beside(descriptor, self.before) if look else None
                return b"".join(self.store.batch([self.after]).chunks(self.after, pool, there))
            finally:
                os.close(descriptor)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with Store.open(tmp_path / "store", fsync=False) as store:
        blobs = []
        for content in (BEFORE, AFTER):
            with store.ingest() as ingest:
                blobs.append(ingest.add_blocks([Block(content)])[0])
        file = tmp_path / "file"
        file.write_bytes(BEFORE)
        yield Both(store, file, *blobs)


def spoil_the_first_pack(both: Both) -> None:
    """Whatever only the packs of the first version have cannot be read any more."""
    first = max(both.store.packs().items(), key=lambda item: item[1])[0]
    path = both.store.pack_path(first)
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[: len(content) // 8] = bytes(len(content) // 8)
    path.write_bytes(content)


def in_memory(file: Path) -> bool:
    """Whether this system can tell what is in memory."""
    flag = getattr(os, "RWF_NOWAIT", None)
    with open(file, "rb") as opened:
        try:
            return flag is not None and os.preadv(opened.fileno(), [bytearray(MIB)], 0, flag) == MIB
        except OSError:
            return False


def test_the_file_spares_the_packs(both: Both) -> None:
    if not in_memory(both.file):
        pytest.skip("no RWF_NOWAIT here")
    spoil_the_first_pack(both)
    assert both.read() == AFTER
    with pytest.raises(Damaged):
        both.read(look=False)


@pytest.mark.parametrize("how", ["changed", "cut off", "empty", "something else", "longer", "not in memory"])
def test_a_file_that_is_not_as_it_was_does_no_harm(both: Both, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = bytearray(BEFORE)
    for place in range(0, len(changed), 400_000):
        changed[place] ^= 1
    content = {
        "changed": bytes(changed),
        "cut off": BEFORE[: 3 * MIB + 5],
        "empty": b"",
        "something else": random.Random(3).randbytes(12 * MIB),
        "longer": b"x" + BEFORE,
        "not in memory": BEFORE,
    }[how]
    both.file.write_bytes(content)
    if how == "not in memory":
        monkeypatch.setattr(replaced_file, "_NOWAIT", None)
    assert both.read() == AFTER


def test_what_is_not_known_is_no_help(both: Both) -> None:
    with open(both.file, "rb") as file:
        assert both.store.beside(file.fileno(), BlobId(bytes(32))) is None
