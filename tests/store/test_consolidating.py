"""Many small packs are put together, while others read, and however often it is stopped."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from faulty import Stop

from gitdata import durable
from gitdata.ids import BlobId
from gitdata.store.consolidating import consolidate
from gitdata.store.store import Store

CONTENTS = [os.urandom(500 + number) for number in range(52)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A store with a pack for each content."""
    directory = tmp_path / "store"
    with Store.open(directory, fsync=False) as store:
        for content in CONTENTS:
            with store.ingest() as ingest:
                ingest.add(content)
    return directory


def contents(store: Store) -> list[bytes]:
    blobs = [BlobId(blake3(content).digest()) for content in CONTENTS]
    return [b"".join(store.stream(blob)) for blob in blobs]


def opened(directory: Path) -> Store:
    store = Store.open(directory, fsync=False)
    store.at_end = consolidate
    return store


def test_a_store_that_was_added_to_is_tidied_at_the_end(directory: Path) -> None:
    ages = [os.stat(file).st_mtime for file in directory.rglob("*.pack")]
    large = os.urandom(2 << 20)
    with Store.open(directory) as reader:
        store = opened(directory)
        before = reader.batch([BlobId(blake3(CONTENTS[0]).digest())])
        assert len(store.packs()) == len(CONTENTS)
        with store.ingest() as ingest:
            ingest.add(large)
        store.close()
        assert b"".join(before.chunks(BlobId(blake3(CONTENTS[0]).digest()))) == CONTENTS[0]
        assert contents(reader) == CONTENTS and len(reader.packs()) == 2
        assert reader.fsck() == []
    merged = min(directory.rglob("*.pack"), key=lambda file: file.stat().st_size)
    assert merged.stat().st_mtime == pytest.approx(max(ages), abs=0.001), "it is as old as what is in it"
    with Store.open(directory, fsync=False) as other, other.in_use(), opened(directory) as store:
        for content in CONTENTS:
            with store.ingest() as ingest:
                ingest.add(content + b"more")
    assert len(list(directory.rglob("*.pack"))) == len(CONTENTS) + 2, "not while somebody needs them as they are"


def at_step(number: int) -> Callable[[str], None]:
    steps = iter(range(1, number + 1))

    def before(_name: str) -> None:
        if next(steps, None) == number:
            raise Stop

    return before


def test_wherever_it_is_killed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for step in (1, 2, 3, 4, 5, 6, 7, 30, 200):
        half = directory.with_name(f"half-{step}")
        shutil.copytree(directory, half)
        with Store.open(half, fsync=False) as store:
            monkeypatch.setattr(durable, "before_step", at_step(step))
            with contextlib.suppress(Stop):
                consolidate(store)
            monkeypatch.setattr(durable, "before_step", lambda _name: None)
            left.append(len(list(half.rglob("packs/*/*.pack"))))
        with Store.open(half, fsync=False) as store:
            assert contents(store) == CONTENTS and store.fsck() == []
    assert left[0] == len(CONTENTS) and len(CONTENTS) + 1 in left and 1 < left[-2] < len(CONTENTS) and left[-1] == 1
