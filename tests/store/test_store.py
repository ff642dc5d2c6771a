"""The store: what goes in comes out, whatever happens in between; or an error that names what is wrong."""

import contextlib
import os
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from blake3 import blake3
from faulty import Stop
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gitdata import durable
from gitdata.descent import Descent
from gitdata.errors import CannotTrack, DataCorrupt, DataMissing, FileChanging, OutOfSpace, Unreadable
from gitdata.formats.pack import MAX_RECIPE, Recipe
from gitdata.ids import BlobId, ChunkId
from gitdata.store import catalog
from gitdata.store.packing import PackWriter
from gitdata.store.sources import hash_sources
from gitdata.store.store import Store


@dataclass(frozen=True)
class FileSource:
    path: Path
    earlier: BlobId | None = None
    down: Descent = Descent(b"/")

    @property
    def name(self) -> bytes:
        return os.fsencode(self.path)

    @property
    def where(self) -> bytes:
        return os.fsencode(self.path).lstrip(b"/")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def open(self) -> int:
        return os.open(self.path, os.O_RDONLY)


def name(content: bytes) -> bytes:
    return blake3(content).digest()


def contents() -> dict[str, bytes]:
    numbers = random.Random(5)
    return {
        "empty": b"",
        "small": b"hello\n",
        "same": b"hello\n",
        "zeros": bytes(3_000_000),
        "noise": numbers.randbytes(5_000_000),
        "rows": b"".join(b"%d,%d\n" % (n, numbers.randrange(1000)) for n in range(400_000)),
        "edge": numbers.randbytes(1 << 20),
        "above": numbers.randbytes((1 << 20) + 1),
    }


def written(directory: Path, files: dict[str, bytes]) -> list[FileSource]:
    directory.mkdir(exist_ok=True)
    for title, content in files.items():
        (directory / title).write_bytes(content)
    return [FileSource(directory / title) for title in files]


def test_files_come_back_and_are_named_by_their_hash(tmp_path: Path) -> None:
    files = contents()
    with Store.open(tmp_path / "store") as store:
        with store.ingest() as ingest:
            stored = list(ingest.add_files(written(tmp_path / "files", files)))
        assert [item.blob for item in stored] == [name(content) for content in files.values()]
        for content in files.values():
            assert b"".join(store.stream(name(content))) == content
            assert store.read(name(content), len(content)) == content
        assert store.fsck() == []
    with Store.open(tmp_path / "store") as again:
        assert again.has([name(content) for content in files.values()]) == {name(content) for content in files.values()}


def test_hashing_agrees_with_storing(tmp_path: Path) -> None:
    files = contents()
    found = [item.blob for item in hash_sources(written(tmp_path / "files", files))]
    assert found == [name(content) for content in files.values()]


def test_what_is_known_takes_no_space_again(tmp_path: Path) -> None:
    sources = written(tmp_path / "files", contents())
    with Store.open(tmp_path / "store") as store:
        for _again in range(2):
            with store.ingest() as ingest:
                list(ingest.add_files(sources))
            assert len(store.packs()) == 1


def test_an_error_publishes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with pytest.raises(RuntimeError), store.ingest() as ingest:
            ingest.add(b"content")
            raise RuntimeError
        assert store.has([name(b"content")]) == set()
        assert store.packs() == {}
    assert list((tmp_path / "store/tmp").iterdir()) == []


def test_packs_stay_below_their_limit(tmp_path: Path) -> None:
    files = {f"f{n}": random.Random(n).randbytes(9_000_000) for n in range(10)}
    with Store.open(tmp_path / "store", fsync=False) as store:
        with store.ingest() as ingest:
            list(ingest.add_files(written(tmp_path / "files", files)))
        sizes = list(store.packs().values())
        assert len(sizes) == 2
        assert max(sizes) <= 64 << 20
        assert store.fsck() == []


def test_the_catalog_is_rebuilt_when_lost_or_damaged(tmp_path: Path) -> None:
    files = contents()
    with Store.open(tmp_path / "store") as store, store.ingest() as ingest:
        list(ingest.add_files(written(tmp_path / "files", files)))
    database = tmp_path / "store/catalog.db"
    pages = database.read_bytes()  # the first has nothing but the schema
    for damage in (
        database.unlink,
        lambda: database.write_bytes(os.urandom(5000)),
        lambda: database.write_bytes(b""),
        lambda: database.write_bytes(pages[:4096] + os.urandom(len(pages) - 4096)),
        lambda: database.write_bytes(pages[:8192]),
    ):
        damage()
        for extra in ("-wal", "-shm"):
            database.with_name(database.name + extra).unlink(missing_ok=True)
        with Store.open(tmp_path / "store") as store:
            assert store.read(name(files["rows"]), 10**8) == files["rows"]


def test_a_pack_that_vanished_is_missing_not_wrong(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.ingest() as ingest:
            ingest.add(b"content")
        store.pack_path(next(iter(store.packs()))).unlink()
        with pytest.raises(DataMissing):
            store.read(name(b"content"), 100)
    with Store.open(tmp_path / "store") as store:
        assert store.has([name(b"content")]) == set()


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_any_flipped_byte_is_noticed(tmp_path: Path, place: int) -> None:
    content = b"".join(b"%d\n" % n for n in range(30))
    with Store.open(tmp_path / "store") as store:
        with store.ingest() as ingest:
            ingest.add(content)
        path = store.pack_path(next(iter(store.packs())))
        data = bytearray(path.read_bytes())
        data[place % len(data)] ^= 0x10
        path.chmod(0o644)
        path.write_bytes(data)
        assert store.fsck() != []
    (tmp_path / "store/catalog.db").unlink()
    with Store.open(tmp_path / "store") as store, contextlib.suppress(DataCorrupt, DataMissing):
        assert store.read(name(content), 1000) == content


def test_a_recipe_that_lies_gives_an_error_and_is_forgotten(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.ingest() as ingest:
            parts = [ingest.add(b"one"), ingest.add(b"two")]
            ingest.add_recipe(Recipe(name(b"wanted"), 6, tuple(parts)))
        with pytest.raises(DataCorrupt):
            store.read(name(b"wanted"), 100)
        assert store.has([name(b"wanted")]) == set()


def test_a_blob_larger_than_it_may_be_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        with store.ingest() as ingest:
            blob = ingest.add(bytes(1000))
        with pytest.raises(DataCorrupt, match="larger"):
            store.read(blob, 999)


def test_a_recipe_without_end_is_refused(tmp_path: Path) -> None:
    writer = PackWriter(tmp_path)
    with pytest.raises(CannotTrack, match="too large"):
        writer.add_recipe(Recipe(b"b" * 32, 1 << 40, (b"c" * 32,) * (MAX_RECIPE + 1)))
    writer.discard()


@dataclass(frozen=True)
class ChangingSource:
    path: Path
    times: int
    seen: list[int]

    name = where = b"busy.log"
    down = Descent(b"/")
    size = 10
    earlier = None

    def open(self) -> int:
        self.seen.append(1)
        descriptor = os.open(self.path, os.O_RDONLY)
        if len(self.seen) <= self.times:
            # Between the look at the file and its last byte somebody writes to it.
            os.utime(self.path, ns=(1, len(self.seen)))
            real = os.fstat
            patched = iter([real(descriptor)])
            os.utime(self.path, ns=(1, 10**9 + len(self.seen)))
            _FSTAT["next"] = patched
        return descriptor


_FSTAT: dict[str, object] = {}


@pytest.mark.parametrize(("times", "fails"), [(1, False), (2, False), (3, True)])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, fails: bool
) -> None:
    file = tmp_path / "busy.log"
    file.write_bytes(b"0123456789")
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        planned = _FSTAT.pop("next", None)
        return next(planned) if planned else real(descriptor)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "fstat", fstat)
    source = ChangingSource(file, times, [])
    with Store.open(tmp_path / "store") as store:
        if fails:
            with pytest.raises(FileChanging, match=r"busy\.log"), store.ingest() as ingest:
                list(ingest.add_files([source]))
            assert store.packs() == {}
        else:
            with store.ingest() as ingest:
                assert [item.blob for item in ingest.add_files([source])] == [name(b"0123456789")]


@dataclass(frozen=True)
class DeniedSource:
    name: bytes
    size: int = 5
    earlier = None
    down = Descent(b"/")

    @property
    def where(self) -> bytes:
        return self.name

    def open(self) -> int:
        raise PermissionError(13, "Permission denied")


def test_all_unreadable_files_are_named(tmp_path: Path) -> None:
    good = written(tmp_path / "files", {"good": b"good"})
    sources = [DeniedSource(b"secret/a"), *good, DeniedSource(b"secret/b", size=1 << 30)]
    with Store.open(tmp_path / "store") as store, pytest.raises(Unreadable) as caught, store.ingest() as ingest:
        list(ingest.add_files(sources))
    assert "secret/a (permission denied)" in str(caught.value)
    assert "secret/b (permission denied)" in str(caught.value)
    with pytest.raises(Unreadable, match="secret/a"):
        list(hash_sources(sources))


def test_a_full_disk_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "store") as store:
        real = durable.sync_file

        def full(descriptor: int, *, fsync: bool = True) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(durable, "sync_file", full)
        with pytest.raises((OutOfSpace, OSError)), store.ingest() as ingest:
            ingest.add(b"content")
        monkeypatch.setattr(durable, "sync_file", real)
        assert store.packs() == {}
        with store.ingest() as ingest:
            ingest.add(b"content")
        assert store.read(name(b"content"), 10) == b"content"


def test_stopped_at_every_durable_step_nothing_is_torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"f{n}": random.Random(n).randbytes(100_000) for n in range(5)}
    sources = written(tmp_path / "files", files)
    finished = False
    stopped = 0
    for step in range(1, 60):
        directory = tmp_path / f"store{step}"
        count = 0

        def before(_name: str, limit: int = step) -> None:
            nonlocal count
            count += 1
            if count == limit:
                raise Stop

        with Store.open(directory) as store:
            with store.ingest() as ingest:
                ingest.add(b"older")
            monkeypatch.setattr(durable, "before_step", before)
            try:
                with store.ingest() as ingest:
                    list(ingest.add_files(sources))
                finished = True
            except Stop:
                stopped += 1
            finally:
                monkeypatch.setattr(durable, "before_step", lambda _name: None)
        with Store.open(directory) as store:
            assert store.read(name(b"older"), 10) == b"older"
            held = store.has([name(content) for content in files.values()])
            assert held in (set(), {name(content) for content in files.values()})
            for blob in held:
                store.read(blob, 10**6)
            assert store.fsck() == []
            with store.ingest() as ingest:
                list(ingest.add_files(sources))
            assert len(store.has([name(content) for content in files.values()])) == 5
        if finished:
            break
    assert finished and stopped >= 4


def test_leftovers_of_a_killed_process_go_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        dead = tmp_path / "store/tmp/dead"
        dead.mkdir(parents=True)
        (dead / "x.pack").write_bytes(b"half")
        os.utime(dead, (0, 0))
        with store.ingest() as ingest:
            ingest.add(b"content")
            living = next(path for path in (tmp_path / "store/tmp").iterdir() if path.is_dir() and path != dead)
            os.utime(living, (0, 0))
            Store.open(tmp_path / "store").close()
            assert not dead.exists()
            assert living.exists()
        assert store.read(name(b"content"), 10) == b"content"


def test_marks_expire(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.mark("remote", [b"r" * 32])
        assert store.marked("remote", 60) == {b"r" * 32}
        assert store.marked("remote", -1) == set()
        assert store.marked("other", 60) == set()


def test_a_catalog_of_another_version_is_made_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store, store.ingest() as ingest:
        ingest.add(b"content")
    with sqlite3.connect(tmp_path / "store/catalog.db") as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    with Store.open(tmp_path / "store") as store:
        assert store.read(name(b"content"), 10) == b"content"


class StoreMachine(RuleBasedStateMachine):
    """Ingest, reopen, lose the catalog, lose packs: content is right or reported missing, never wrong."""

    @initialize()
    def start(self) -> None:
        import tempfile

        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name)
        self.store = Store.open(self.path, fsync=False)
        self.model: dict[bytes, bytes] = {}

    @rule(items=st.lists(st.binary(max_size=300), min_size=1, max_size=5), repeat=st.sampled_from([1, 1000]))
    def add(self, items: list[bytes], repeat: int) -> None:
        with self.store.ingest() as ingest:
            for item in items:
                content = item * repeat
                assert ingest.add(content) == name(content)
                self.model[name(content)] = content

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.path, fsync=False)

    @rule()
    def lose_the_catalog(self) -> None:
        self.store.close()
        for file in self.path.glob("catalog.db*"):
            file.unlink()
        self.store = Store.open(self.path, fsync=False)

    @rule(choice=st.integers(0, 100))
    def lose_a_pack(self, choice: int) -> None:
        packs = sorted(self.store.packs())
        if packs:
            self.store.pack_path(packs[choice % len(packs)]).unlink()
            self.store.close()
            self.store = Store.open(self.path, fsync=False)
            held = self.store.has(self.model)
            self.model = {blob: content for blob, content in self.model.items() if blob in held}

    @invariant()
    def what_is_held_is_right(self) -> None:
        if hasattr(self, "store"):
            assert self.store.has(self.model) == set(self.model)
            for blob, content in self.model.items():
                assert self.store.read(blob, len(content)) == content

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.directory.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


@pytest.mark.parametrize("many", [0, 50, 10_000])
def test_many_chunks_are_found_whichever_way_is_cheaper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(catalog, "_MANY", many)
    monkeypatch.setattr(catalog, "_PAGE", 7)
    with Store.open(tmp_path) as store:
        with store.ingest() as ingest:
            held = [ingest.add(b"%d" % number) for number in range(200)]
        strange = [name(b"no %d" % number) for number in range(60)]
        for asked in (held, [*held[:40], *strange], [*held, *strange], strange, held[:1], []):
            assert store.has(asked) == store.find(asked).locations.keys() == set(asked) & set(held)
        locations = store.find([*held, *strange]).locations
        for number, blob in enumerate(held):
            assert bytes(store.frame(ChunkId(blob), locations[blob])) == b"%d" % number
