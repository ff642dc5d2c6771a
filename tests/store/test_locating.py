"""Where chunks lie: from the catalog, or from the tables of the packs when most of it is wanted."""

from pathlib import Path

import pytest
from blake3 import blake3

from gitdata.formats.located import locations
from gitdata.formats.pack import Location, decode_toc, encode_toc
from gitdata.ids import ChunkId
from gitdata.store import catalog
from gitdata.store.store import Store


def filled(store: Store, rounds: int = 3) -> set[ChunkId]:
    """Chunks in several packs."""
    held: set[ChunkId] = set()
    for part in range(rounds):
        with store.ingest() as ingest:
            held |= {ChunkId(ingest.add(b"%d %d" % (part, number))) for number in range(100)}
    return held


def by_catalog(store: Store, chunks: set[ChunkId], monkeypatch: pytest.MonkeyPatch) -> dict[ChunkId, Location]:
    with monkeypatch.context() as patched:
        patched.setattr(catalog, "_MANY", 10**9)
        return store.locate(chunks)


def test_both_ways_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_MANY", 0)
    with Store.open(tmp_path, fsync=False) as store:
        held = filled(store)
        assert len(store.packs()) == 3
        strange = {ChunkId(blake3(b"%d" % number).digest()) for number in range(40)}
        for asked in (held, held | strange, set(sorted(held)[:200]) | strange):
            assert store.locate(asked) == by_catalog(store, asked, monkeypatch)
            assert store.locate(asked).keys() == asked & held


def test_of_two_places_both_ways_take_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_MANY", 0)
    with Store.open(tmp_path / "one", fsync=False) as store, Store.open(tmp_path / "two", fsync=False) as other:
        held = filled(store)
        assert filled(other, 1) < held  # the same content in a pack of another name
        for pack in other.packs():
            path = tmp_path / "copy"
            path.write_bytes(other.pack_path(pack).read_bytes())
            store.adopt(path, pack)
        assert len(store.packs()) == 4
        assert store.locate(held) == by_catalog(store, held, monkeypatch)


def test_a_damaged_pack_hides_nothing_that_is_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path, fsync=False) as store:
        held = filled(store)
        before = store.locate(held)
        path = store.pack_path(next(iter(store.packs())))
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-5])
        monkeypatch.setattr(catalog, "_MANY", 0)
        assert store.locate(held) == before


def test_locations_are_those_of_the_table(tmp_path: Path) -> None:
    with Store.open(tmp_path, fsync=False) as store:
        filled(store, 1)
        (pack,) = store.packs()
        toc = decode_toc(store.checked_table(pack))
        expected = {row.chunk: Location(pack, row.offset, row.stored, row.raw) for row in toc.frames}
        found = locations(pack, encode_toc(toc))
        assert found == expected and all(isinstance(where, Location) for where in found.values())
