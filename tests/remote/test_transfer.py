"""Push and fetch: complete or not acknowledged, resumed, verified, in few requests."""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from blake3 import blake3
from faulty import FaultyBackend, Stop

from gitdata.backends.base import FILE_LIMIT, Transient
from gitdata.backends.counting import CountingBackend
from gitdata.backends.location import Destination
from gitdata.backends.memory import MemoryBackend
from gitdata.errors import BadRemote, DataCorrupt, DataMissing, GitDataError
from gitdata.formats.remote_name import remote_name
from gitdata.formats.tree import Entry, Listing, build
from gitdata.remote import check, download, upload
from gitdata.remote.agreements import Agreement
from gitdata.remote.manifests import Manifests
from gitdata.remote.outgoing import checked_ahead
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote, manifest_prefix
from gitdata.store.store import Store
from gitdata.values import replace


def name(content: bytes) -> bytes:
    return blake3(content).digest()


def version(files: dict[str, bytes], base: bytes | None = None) -> tuple[Version, dict[bytes, bytes]]:
    """A version of some files, and every blob of it."""
    listing: Listing = {path.encode(): Entry("file", len(content), name(content)) for path, content in files.items()}
    forest = build(listing)
    blobs = {name(content): content for content in files.values()} | dict(forest.trees)
    return Version(forest.root, lambda: tuple(blobs), base), blobs


def put(store: Store, *parts: dict[bytes, bytes]) -> None:
    for blobs in parts:
        with store.ingest() as ingest:
            for content in blobs.values():
                ingest.add(content)


def files(seed: int, count: int = 6, size: int = 20_000) -> dict[str, bytes]:
    numbers = random.Random(seed)
    found = {f"f{n}": numbers.randbytes(size) for n in range(count)}
    found["rows.csv"] = b"".join(b"%d,%d\n" % (n, numbers.randrange(9)) for n in range(90_000))
    return found


def clone_has(remote_backend: object, directory: Path, versions: Sequence[tuple[Version, dict[bytes, bytes]]]) -> bool:
    """Whether a fresh clone gets all of these versions, byte for byte."""
    remote = Remote.open(remote_backend, create=False, cache=directory / "cache", name="origin")  # type: ignore[arg-type]
    with Store.open(directory / "store", fsync=False) as store:
        for wanted, blobs in versions:
            download.fetch(Manifests(remote), store, set(blobs), [wanted.root])
            if store.has(blobs) != set(blobs):
                return False
            for blob, content in blobs.items():
                assert store.read(blob, len(content)) == content
    return True


def test_versions_come_back(tmp_path: Path) -> None:
    backend = MemoryBackend()
    one = version(files(1))
    changed = {**files(1), "f0": b"new", "rows.csv": files(1)["rows.csv"] + b"end\n"}
    two = version(changed, base=one[0].root)
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1], two[1])
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0], two[0]])
        second = Manifests(remote).own(two[0].root)
        assert second is not None and second.bases == (one[0].root,)
        assert len(second.chunks) < 10
    assert clone_has(backend, tmp_path / "clone", [one, two])
    assert check.check(remote, data=True).problems == []


def test_requests_of_a_large_version(tmp_path: Path) -> None:
    numbers = random.Random(3)
    many = {f"d{n % 20}/f{n:05}": numbers.randbytes(8192) for n in range(12_000)}  # 96 MiB
    one = version(many)
    backend = CountingBackend(MemoryBackend())
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0]])
    assert backend.requests <= 12
    backend.counts.clear()
    assert clone_has(backend, tmp_path / "clone", [one])
    assert backend.requests <= 20


def test_all_trees_come_with_the_first_even_where_one_is_several_chunks(tmp_path: Path) -> None:
    many = {f"d{n % 3}/a file of a long name {n:05}": b"%d" % n for n in range(6000)}
    one, blobs = version(many)
    trees = blobs.keys() - {name(content) for content in many.values()}
    assert max(len(blobs[tree]) for tree in trees) > 100_000 and len(trees) == 4
    backend = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, blobs)
        upload.push(Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin"), store, [one])
    manifests = Manifests(Remote.open(backend, create=False, cache=tmp_path / "other", name="origin"))
    own = manifests.own(one.root)
    assert own is not None and any(len(parts) > 1 for _size, parts in own.recipes.values())
    with Store.open(tmp_path / "clone", fsync=False) as store:
        download.fetch(manifests, store, {one.root}, [one.root], around=[one.root])
        assert store.has(trees) == trees
        for tree in trees:
            assert store.read(tree, 1 << 20) == blobs[tree]


def test_a_version_comes_as_a_whole_unless_much_else_lies_there(tmp_path: Path) -> None:
    one = version(files(1))
    two = version({**files(1), "f0": b"new"}, base=one[0].root)
    backend = CountingBackend(MemoryBackend())
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1], two[1])
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0], two[0]])
    size = sum(map(len, two[1].values()))
    for most, comes in ((size, False), (size + 25_000, True)):
        opened = Remote.open(backend, create=False, cache=tmp_path / f"cache{most}", name="origin")
        with Store.open(tmp_path / f"clone{most}", fsync=False) as store:
            manifests = Manifests(opened)
            assert (download.fetch_version(manifests, store, two[0].root, most) is not None) is comes
            assert store.has(two[1]) == (set(two[1]) if comes else set())
            for blob in two[1] if comes else ():
                assert store.read(blob, size) == two[1][blob]
            before = backend.requests
            download.fetch(manifests, store, set(two[1]), [two[0].root])
            assert (backend.requests == before) is comes
            assert store.has(two[1]) == set(two[1])
    with Store.open(tmp_path / "none", fsync=False) as store:
        assert download.fetch_version(Manifests(remote), store, version({"x": b"x"})[0].root, size) is None


class WatchedBackend(MemoryBackend):
    """Remembers how many bytes were being read at the same time, at most."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()
        self._reading = self._bytes = self.most_reads = self.most_bytes = 0

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        with self._guard:
            self._reading += 1
            self._bytes += length or 0
            self.most_reads = max(self.most_reads, self._reading)
            self.most_bytes = max(self.most_bytes, self._bytes)
        try:
            time.sleep(0.02)
            return super().read(name, start, length, limit)
        finally:
            with self._guard:
                self._reading -= 1
                self._bytes -= length or 0


@pytest.mark.parametrize("transfers", [1, 4, 16])
def test_more_transfers_at_a_time_need_no_more_memory(tmp_path: Path, transfers: int) -> None:
    numbers = random.Random(4)
    one = version({f"f{n:05}": numbers.randbytes(1 << 20) for n in range(96)})
    backend = WatchedBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        upload.push(Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin"), store, [one[0]])
    opened = Remote.open(backend, create=False, cache=tmp_path / "other", name="origin")
    with Store.open(tmp_path / "clone", fsync=False) as store:
        download.fetch(Manifests(replace(opened, transfers=transfers)), store, set(one[1]), [one[0].root])
        assert store.has(one[1]) == set(one[1])
    assert backend.most_bytes <= 64 << 20
    assert backend.most_reads <= transfers
    assert transfers == 1 or backend.most_reads > 1  # how many more depends on how busy the machine is


def test_many_small_commits_are_few_requests(tmp_path: Path) -> None:
    backend = CountingBackend(MemoryBackend())
    versions, base = [], None
    with Store.open(tmp_path / "store", fsync=False) as store:
        for number in range(40):
            stable = {f"s{n:02}": b"stable %d" % n for n in range(60)}
            one = version({**stable, "b": b"%d" % number}, base)
            put(store, one[1])
            versions.append(one)
            base = one[0].root
        assert len(store.packs()) == 40
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [item[0] for item in versions])
    assert len(list(backend.names("packs/"))) == 1
    assert backend.requests < 60
    assert clone_has(backend, tmp_path / "clone", versions)
    # Chains of bases stay short: sixteen, then a manifest in full.
    manifests = Manifests(Remote.open(backend, create=False, cache=tmp_path / "other", name="origin"))
    lengths = [len(own.bases) for item in versions if (own := manifests.own(item[0].root)) is not None]
    assert max(lengths) == 16 and lengths[17] == 0


def test_a_push_stopped_at_any_request_is_incomplete_or_whole_and_resumes(tmp_path: Path) -> None:
    one, two = version(files(1)), version(files(2))
    for limit in range(1, 40):
        inner = MemoryBackend()
        backend = FaultyBackend(inner, lambda number, _m, _n, limit=limit: "stop" if number == limit else None)
        directory = tmp_path / str(limit)
        with Store.open(directory / "store", fsync=False) as store:
            put(store, one[1], two[1])
            try:
                remote = Remote.open(backend, create=True, cache=directory / "cache", name="origin")
                upload.push(remote, store, [one[0], two[0]])
                finished = True
            except Stop:
                finished = False
            packs = {name for name in inner.files if name.startswith("packs/")}
            again = FaultyBackend(inner, lambda _number, _m, _n: None)
            remote = Remote.open(again, create=True, cache=directory / "cache", name="origin")
            missing = remote.lacking([one[0].root, two[0].root])
            if finished:
                assert missing == set()
            upload.push(remote, store, [one[0], two[0]])
            resent = [name for method, name in again.calls if method == "put" and name in packs]
            assert resent == []
            assert len({name for name in inner.files if name.startswith("packs/")}) <= 2
        assert clone_has(inner, directory / "clone", [one, two])
        if finished:
            break
    assert finished and limit > 8


def test_a_version_is_seen_only_when_it_is_whole(tmp_path: Path) -> None:
    """Whoever finds a manifest finds everything it names, at every moment of a push."""
    one = version(files(1))
    inner = MemoryBackend()
    seen = []

    def look(_number: int, _method: str, _name: str) -> None:
        if any(item.startswith(manifest_prefix(one[0].root)) for item in inner.files):
            seen.append(clone_has(inner, tmp_path / f"look{len(seen)}", [one]))

    backend = FaultyBackend(inner, look)
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0]])
    assert seen and all(seen)


def test_packs_condemned_during_a_push_are_sent_again(tmp_path: Path) -> None:
    one = version(files(1))
    two = version({**files(1), "more": b"more"}, base=one[0].root)
    inner = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1], two[1])
        remote = Remote.open(inner, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0]])
        condemned = [item.rpartition("/")[2] for item in inner.names("packs/")]

        def collect(_number: int, method: str, item: str) -> None:
            # A collector condemns the packs of the base just before the new manifest is written, and sweeps.
            if method == "put" and item.startswith(manifest_prefix(two[0].root)):
                for pack in condemned:
                    inner.put(f"dead/{pack}", b"")
                    inner.delete(f"packs/{pack[:2]}/{pack}")

        backend = FaultyBackend(inner, collect)
        remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [two[0]])
    newest = Manifests(Remote.open(inner, create=False, cache=tmp_path / "new", name="origin"))
    own = newest.own(two[0].root)
    assert own is not None
    names = [item for item in inner.files if item.startswith(manifest_prefix(two[0].root))]
    assert len(names) == 2
    full = [item for item in names if len(inner.files[item]) == max(len(inner.files[name]) for name in names)]
    inner.files = {key: value for key, value in inner.files.items() if key not in names or key in full}
    assert clone_has(inner, tmp_path / "clone", [two])


def test_missing_chunks_stop_a_push_before_anything_is_named(tmp_path: Path) -> None:
    one = version(files(1))
    inner = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, dict(list(one[1].items())[1:]))
        remote = Remote.open(inner, create=True, cache=tmp_path / "cache", name="origin")
        assert "cannot push" in str(upload.push(remote, store, [one[0]]).refused[one[0].root])
    assert not [item for item in inner.files if item.startswith("manifests/")]


def test_packs_that_were_checked_ahead_are_those_that_are_whole(tmp_path: Path) -> None:
    one, two = version({"a": b"a" * 9}), version({"b": b"b" * 9})
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1], two[1])
        chunks = store.find([*one[1], *two[1]]).locations
        packs = set(store.packs())
        assert len(packs) == 2
        assert checked_ahead(store, chunks, lambda: False) == packs
        assert checked_ahead(store, chunks, lambda: True) == set()
        damaged, gone = sorted(packs)
        file = store.pack_path(damaged)
        content = bytearray(file.read_bytes())
        content[0] ^= 1
        file.chmod(0o644)
        file.write_bytes(content)
        store.pack_path(gone).unlink()
        assert checked_ahead(store, chunks, lambda: False) == set()


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits_never_enter_a_store(tmp_path: Path, seed: int) -> None:
    one = version(files(1, size=200_000))
    inner = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        upload.push(Remote.open(inner, create=True, cache=tmp_path / "cache", name="origin"), store, [one[0]])
    backend = FaultyBackend(
        inner, lambda number, method, _n: "flip" if method == "read" and number == 2 + seed else None
    )
    try:
        assert clone_has(backend, tmp_path / "clone", [one])
    except GitDataError as error:
        assert isinstance(error, (DataCorrupt, Transient)), error
    with Store.open(tmp_path / "clone/store", fsync=False) as store:
        assert store.fsck() == []
        for blob in store.has(one[1]):
            assert store.read(blob, 10**7) == one[1][blob]


def test_damage_on_the_remote_is_found_by_the_check(tmp_path: Path) -> None:
    one = version(files(1))
    inner = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        remote = Remote.open(inner, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0]])
    pack = next(iter(inner.names("packs/")))
    whole = inner.files[pack]
    inner.files[pack] = whole[:10] + b"X" + whole[11:]
    assert len(check.check(remote, data=True).problems) == 1
    inner.files[pack] = whole[:1000]
    assert "cut off" in check.check(remote, data=False).problems[0]
    del inner.files[pack]
    assert "gone" in check.check(remote, data=False).problems[0]


def test_a_remote_that_was_swapped_is_noticed(tmp_path: Path) -> None:
    inner, other, empty = MemoryBackend(), MemoryBackend(), MemoryBackend()
    first = Remote.open(inner, create=True, cache=tmp_path, name="origin")
    Remote.open(other, create=True, cache=tmp_path, name="origin")
    agreed = Agreement(remote_name("origin"), Destination.of("/mnt/data"), first.remote_id)
    assert (
        Remote.open(inner, create=True, cache=tmp_path, name="origin", agreed=agreed).called == "'origin' (/mnt/data)"
    )
    before = dict(other.files)
    for place in (other, empty):
        with pytest.raises(BadRemote, match=r"'origin' \(/mnt/data\) is not what it was"):
            Remote.open(place, create=True, cache=tmp_path, name="origin", agreed=agreed)
    assert other.files == before and empty.files == {}


def test_an_empty_remote_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="nothing was pushed"):
        Remote.open(MemoryBackend(), create=False, cache=tmp_path, name="origin")


def test_a_damaged_cache_of_manifests_is_read_again(tmp_path: Path) -> None:
    one = version(files(1))
    inner = MemoryBackend()
    with Store.open(tmp_path / "store", fsync=False) as store:
        put(store, one[1])
        remote = Remote.open(inner, create=True, cache=tmp_path / "cache", name="origin")
        upload.push(remote, store, [one[0]])
    for file in (remote.cache / "manifests").rglob("*"):
        if file.is_file():
            file.write_bytes(b"junk")
    found = Manifests(remote).load(one[0].root)
    assert found is not None and found.chunks
