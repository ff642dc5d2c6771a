"""Packs that are not what they were: set aside, and what of them is whole stays readable, from any thread."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from blake3 import blake3

from gitdata.errors import DataCorrupt
from gitdata.ids import BlobId, PackId
from gitdata.store.reading import Damaged
from gitdata.store.store import Store

CONTENTS = [b"%d\n" % number * 500 for number in range(40)]


def name(content: bytes) -> BlobId:
    return BlobId(blake3(content).digest())


def filled(directory: Path) -> tuple[Store, PackId]:
    store = Store.open(directory, fsync=False)
    with store.ingest() as ingest:
        for content in CONTENTS:
            ingest.add(content)
    return store, next(iter(store.packs()))


def spoil(store: Store, pack: PackId, start: int, stop: int) -> None:
    path = store.pack_path(pack)
    content = bytearray(path.read_bytes())
    content[start:stop] = bytes(stop - start)
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.parametrize("table", ["readable", "not readable"])
def test_what_is_whole_stays(tmp_path: Path, table: str) -> None:
    store, pack = filled(tmp_path / "store")
    bad = store.find([name(CONTENTS[7])]).locations.popitem()[1]
    with store:
        spoil(store, pack, bad.offset, bad.offset + bad.stored)
        if table == "not readable":
            size = store.pack_path(pack).stat().st_size
            spoil(store, pack, size - 60, size - 50)
        with ThreadPoolExecutor(8) as pool:
            read = [pool.submit(store.read, name(content), 10_000) for content in CONTENTS]
        for number, content in enumerate(CONTENTS):
            if number == 7:
                assert isinstance(read[number].exception(), Damaged)
            else:
                assert read[number].result() == content
        assert pack not in store.packs()
        assert store.has(map(name, CONTENTS)) == {name(content) for content in CONTENTS if content != CONTENTS[7]}
        assert [file.name for file in (tmp_path / "store/quarantine").glob("*.pack")] == [f"{pack.hex()}.pack"]
        assert "not here any more" in store.fsck()[0]
        with store.ingest() as ingest:
            ingest.add(CONTENTS[7])
        assert store.fsck() == []
    for left in (".gitdata-tmp-4063a9fe4365cc28", "notes.txt"):  # of a process that was killed, and of a person
        (tmp_path / "store/quarantine" / left).write_bytes(b"")
    with Store.open(tmp_path / "store", fsync=False) as again:
        again.mender.take_back()
        assert again.fsck() == []
        assert again.read(name(CONTENTS[7]), 10_000) == CONTENTS[7]


def test_a_disk_that_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, pack = filled(tmp_path / "store")

    def fails(*_arguments: int) -> bytes:
        raise OSError(errno.EIO, "input/output error")

    with store:
        with monkeypatch.context() as broken:
            broken.setattr("os.pread", fails)
            with pytest.raises(Damaged, match="cannot be read"):
                store.read(name(CONTENTS[7]), 10_000)
        assert pack not in store.packs() and len(store.mender.missing_chunks()) == len(CONTENTS)
        store.mender.take_back()
        assert [store.read(name(content), 10_000) for content in CONTENTS] == CONTENTS
        assert store.fsck() == []
    with Store.open(tmp_path / "store", fsync=False) as again:
        again.rebuild()
        assert again.fsck() == []


def test_what_another_pack_has_too_is_read_there(tmp_path: Path) -> None:
    store, pack = filled(tmp_path / "store")
    other, twin = filled(tmp_path / "other")
    other.close()
    with store:
        store.adopt(other.pack_path(twin), twin)
        spoil(store, pack, 0, 2000)
        assert [store.read(name(content), 10_000) for content in CONTENTS] == CONTENTS
        assert store.fsck() == []


def test_a_store_that_may_not_be_written_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, pack = filled(tmp_path / "store")
    spoil(store, pack, 0, 2000)
    store.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    with Store.open(tmp_path / "store", fsync=False) as reading:
        with pytest.raises(DataCorrupt):
            for content in CONTENTS:
                reading.read(name(content), 10_000)
        assert pack in reading.packs()
    assert not (tmp_path / "store/quarantine").exists()
