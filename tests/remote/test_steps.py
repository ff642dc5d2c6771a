"""A version whose predecessor the remote has: only what differs is read, named and sent, and nothing is left out."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3
from faulty import FaultyBackend, Stop
from hypothesis import given, settings
from hypothesis import strategies as st

from gitdata.backends.base import Backend
from gitdata.backends.memory import MemoryBackend
from gitdata.formats import manifest as formats
from gitdata.formats.tree import Entry, build, reachable
from gitdata.ids import BlobId, RootId
from gitdata.remote import check, download, upload
from gitdata.remote.manifests import Manifests
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote, manifest_prefix
from gitdata.store.store import Store

Files = dict[str, bytes]


class Clone:
    """A store, and what was pushed from it."""

    def __init__(self, directory: Path, backend: Backend) -> None:
        self.directory, self.backend = directory, backend
        self.store = Store.open(directory / "store", fsync=False)
        self.wholly: list[RootId] = []  # versions of which all had to be named

    def put(self, files: Files) -> RootId:
        forest = build({p.encode(): Entry("file", len(c), BlobId(blake3(c).digest())) for p, c in files.items()})
        with self.store.ingest() as ingest:
            for content in (*files.values(), *forest.trees.values()):
                ingest.add(content)
        return forest.root

    def version(self, root: RootId, base: RootId | None) -> Version:
        def blobs() -> set[BlobId]:
            self.wholly.append(root)
            return reachable(root, self.store.tree)

        return Version(root, blobs, base, trees=base is not None)

    def push(self, *versions: tuple[RootId, RootId | None]) -> upload.Pushed:
        remote = Remote.open(self.backend, create=True, cache=self.directory / "cache", name="origin")
        return upload.push(remote, self.store, [self.version(*version) for version in versions])


@contextmanager
def newcomer(directory: Path, backend: Backend) -> Iterator[tuple[Manifests, Store]]:
    remote = Remote.open(backend, create=False, cache=directory / "cache", name="origin")
    with Store.open(directory / "store", fsync=False) as store:
        yield Manifests(remote), store


def proves(directory: Path, backend: Backend, versions: dict[RootId, Files]) -> None:
    """Whoever has that remote alone gets all of each version, by the manifests of that version alone."""
    for number, (root, files) in enumerate(versions.items()):
        with newcomer(directory / f"new{number}", backend) as (manifests, store):
            forest = build({p.encode(): Entry("file", len(c), BlobId(blake3(c).digest())) for p, c in files.items()})
            wanted = {BlobId(blake3(content).digest()) for content in files.values()} | forest.trees.keys()
            assert forest.root == root
            assert download.fetch(manifests, store, wanted, [root]).absent == {}
            assert store.has(wanted) == wanted
            for blob in wanted:
                assert blake3(store.read(blob, 1 << 30)).digest() == blob


def own(backend: Backend, directory: Path, root: RootId) -> formats.Manifest:
    with newcomer(directory, backend) as (manifests, _store):
        found = manifests.own(root)
        assert found is not None
        return found


def many(count: int = 400) -> Files:
    return {f"d{n % 20:02}/f{n:03}": b"content %d" % n for n in range(count)}


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def clone(tmp_path: Path, backend: MemoryBackend) -> Clone:
    return Clone(tmp_path / "clone", backend)


@pytest.fixture
def edited(clone: Clone) -> tuple[RootId, RootId]:
    """A version that was pushed, and one that comes after it."""
    first = clone.put(many())
    clone.push((first, None))
    clone.wholly.clear()
    return first, clone.put({**many(), "d03/f003": b"edited"})


def test_a_push_after_an_edit_reads_what_differs(
    tmp_path: Path, clone: Clone, edited: tuple[RootId, RootId], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = edited
    read: list[BlobId] = []
    tree: Callable[[BlobId], bytes] = clone.store.tree
    monkeypatch.setattr(clone.store, "tree", lambda blob: read.append(blob) or tree(blob))
    taken: list[bytes] = []
    decode = formats.decode
    monkeypatch.setattr(formats, "decode", lambda data: taken.append(data) or decode(data))
    clone.push((second, first))
    assert len(read) == 4  # the top and d03 of both
    assert taken == [] and clone.wholly == []
    manifest = own(clone.backend, tmp_path / "own", second)
    assert manifest.bases == (first,) and len(manifest.chunks) == 3
    proves(tmp_path, clone.backend, {second: {**many(), "d03/f003": b"edited"}})


def test_a_chain_that_grows_too_long_is_folded_and_nothing_is_sent_again(tmp_path: Path, clone: Clone) -> None:
    numbers = random.Random(7)
    files, base, versions, pending, sent = many(), None, {}, [], []
    for number in range(37):
        files = {**files, f"d07/f{number}": numbers.randbytes(20_000)}
        root = clone.put(files)
        versions[root] = files
        pending.append((root, base))
        base = root
        if number not in (15, 16, 30):  # those go with the next one
            sent.append(clone.push(*pending).sent)
            pending = []
    first = next(iter(versions))
    manifests = [own(clone.backend, tmp_path / "own", root) for root in versions]
    assert [len(manifest.bases) for manifest in manifests] == [*range(17), *range(1, 17), *range(1, 5)]
    assert clone.wholly == [first]
    assert manifests[17].bases == manifests[33].bases == (first,)
    assert max(sent[1:]) < 100_000  # three versions of 20,000 bytes, and not what sixteen others have
    proves(tmp_path, clone.backend, {root: versions[root] for root in list(versions)[::4]})


def test_many_versions_in_one_push_are_named_once(tmp_path: Path, clone: Clone) -> None:
    files, base, versions, pushed = many(), None, {}, []
    for number in range(40):
        files = {**files, f"d07/f{number}": b"%d" % number}
        root = clone.put(files)
        versions[root] = files
        pushed.append((root, base))
        base = root
    clone.push(*pushed)
    lengths = [len(own(clone.backend, tmp_path / "own", root).bases) for root in versions]
    # What sixteen manifests say is said by one again, which builds on the first.
    assert lengths == [*range(17), *range(1, 17), *range(1, 8)]
    assert clone.wholly == [pushed[0][0]]
    assert len(list(clone.backend.names("packs/"))) == 1
    proves(tmp_path, clone.backend, versions)
    assert (
        check.check(Remote.open(clone.backend, create=False, cache=tmp_path / "c", name="origin"), data=True).problems
        == []
    )


def test_each_push_builds_on_the_last_until_there_are_sixteen(tmp_path: Path, clone: Clone) -> None:
    files, base, versions = many(), None, {}
    for number in range(19):
        files = {**files, f"d07/f{number}": b"%d" % number}
        root = clone.put(files)
        versions[root] = files
        clone.push((root, base))
        base = root
    assert clone.wholly == [next(iter(versions))]
    proves(tmp_path, clone.backend, versions)


@pytest.mark.parametrize("steps", [1, 6])
def test_a_version_that_needs_little_of_what_was_before_starts_afresh(tmp_path: Path, clone: Clone, steps: int) -> None:
    files, base = many(), None
    clone.push((base := clone.put(files), None))
    for number in range(steps):
        files = dict(list(files.items())[280 // steps :]) | {"n": b"%d" % number}
        root = clone.put(files)
        clone.push((root, base))
        base = root
    assert own(clone.backend, tmp_path / "own", root).bases == ()
    proves(tmp_path, clone.backend, {root: files})


def test_a_clone_without_the_first_version_builds_on_the_last(tmp_path: Path, clone: Clone) -> None:
    versions = [many()]
    for number in range(3):
        versions.append({**versions[-1], f"d{number:02}/new": b"new %d" % number})
    roots = [clone.put(files) for files in versions]
    clone.push((roots[0], None), *zip(roots[1:], roots, strict=False))
    other = Clone(tmp_path / "other", clone.backend)
    other.put(versions[-1])
    after = {**versions[-1], "d09/f009": b"edited"}
    root = other.put(after)
    other.push((root, roots[-1]))
    assert other.wholly == []
    assert own(clone.backend, tmp_path / "own", root).bases == tuple(reversed(roots))
    proves(tmp_path, clone.backend, {root: after})


def test_what_was_copied_inside_of_a_version_is_not_sent_again(tmp_path: Path, clone: Clone) -> None:
    numbers = random.Random(1)
    files = {f"d{n % 4}/f{n:03}": numbers.randbytes(9_000) for n in range(60)}
    first = clone.put(files)
    clone.push((first, None))
    clone.wholly.clear()
    files |= {path.replace("d1/", "copy/"): content for path, content in files.items() if path.startswith("d1/")}
    files |= {"copy/more": b"more"}
    second = clone.put(files)
    assert clone.push((second, first)).sent < 5_000
    assert clone.wholly == [] and len(own(clone.backend, tmp_path / "own", second).chunks) == 3
    proves(tmp_path, clone.backend, {second: files})


def test_of_a_large_file_only_the_new_chunks_are_sent(tmp_path: Path, clone: Clone) -> None:
    large = random.Random(2).randbytes(8 << 20)
    files = {"d/large": large, **many(40)}
    first = clone.put(files)
    clone.push((first, None))
    clone.wholly.clear()
    files["d/large"] = large[: 4 << 20] + b"inserted" + large[4 << 20 :]
    second = clone.put(files)
    assert clone.push((second, first)).sent < 600_000
    assert clone.wholly == []
    proves(tmp_path, clone.backend, {second: files})


def test_what_is_not_here_is_covered_or_the_push_is_refused(tmp_path: Path, clone: Clone) -> None:
    first = clone.put(many())
    clone.push((first, None))
    other = Clone(tmp_path / "other", clone.backend)
    moved = {**many(), "d05/again": many()["d03/f003"]}
    forests = [
        build({p.encode(): Entry("file", len(c), BlobId(blake3(c).digest())) for p, c in files.items()})
        for files in (many(), moved, {**moved, "d05/lost": b"lost"})
    ]
    with other.store.ingest() as ingest:  # trees alone
        for forest in forests:
            for encoded in forest.trees.values():
                ingest.add(encoded)
    other.push((forests[1].root, first))
    assert other.wholly == []
    proves(tmp_path, clone.backend, {forests[1].root: moved})
    refused = other.push((forests[2].root, first)).refused
    assert "1 of its files are neither in this clone nor on 'origin'" in str(refused[forests[2].root])
    assert not list(clone.backend.names(manifest_prefix(forests[2].root)))


def test_without_the_trees_of_the_version_before_everything_is_named(tmp_path: Path, clone: Clone) -> None:
    first = clone.put(many())
    clone.push((first, None))
    other = Clone(tmp_path / "other", clone.backend)
    files = {**many(), "d03/f003": b"edited"}
    second = other.put(files)
    other.push((second, first))
    assert other.wholly == [second]
    assert own(clone.backend, tmp_path / "own", second).bases == (first,)
    proves(tmp_path, clone.backend, {second: files})


def test_packs_of_the_version_before_that_are_condemned_are_sent_again(
    tmp_path: Path, clone: Clone, edited: tuple[RootId, RootId]
) -> None:
    first, second = edited
    inner = clone.backend
    condemned = [item.rpartition("/")[2] for item in inner.names("packs/")]

    def collect(_number: int, method: str, item: str) -> None:
        if method == "put" and item.startswith(manifest_prefix(second)):
            for pack in condemned:
                inner.put(f"dead/{pack}", b"")
                inner.delete(f"packs/{pack[:2]}/{pack}")

    clone.backend = FaultyBackend(inner, collect)
    clone.push((second, first))
    assert clone.wholly == [second]
    names = list(inner.names(manifest_prefix(second)))
    assert len(names) == 2
    inner.delete(min(names, key=lambda name: len(inner.read(name))))
    proves(tmp_path, inner, {second: {**many(), "d03/f003": b"edited"}})


def test_a_push_stopped_at_any_request_is_not_seen_or_whole(tmp_path: Path) -> None:
    after = {**many(), "d03/f003": b"edited"}
    for limit in range(1, 40):
        inner = MemoryBackend()
        clone = Clone(tmp_path / f"{limit}", inner)
        first, second = clone.put(many()), clone.put(after)
        clone.push((first, None))
        clone.backend = FaultyBackend(inner, lambda number, _m, _n, limit=limit: "stop" if number == limit else None)
        try:
            clone.push((second, first))
            finished = True
        except Stop:
            finished = False
        if list(inner.names(manifest_prefix(second))):
            proves(tmp_path / f"{limit}/seen", inner, {second: after})
        clone.backend = inner
        clone.push((second, first))
        proves(tmp_path / f"{limit}/again", inner, {second: after})
        if finished:
            break
    assert finished and limit > 4


def test_a_damaged_cache_is_not_relied_on(tmp_path: Path, clone: Clone, edited: tuple[RootId, RootId]) -> None:
    first, second = edited
    for damage in (b"", b"junk", b"\0" * 5000):
        for file in (clone.directory / "cache").rglob("manifests/*/*"):
            file.chmod(0o644)
            file.write_bytes(damage)
        clone.push((second, first))
    assert clone.wholly == []
    proves(tmp_path, clone.backend, {second: {**many(), "d03/f003": b"edited"}})


contents = st.sampled_from([b"", b"a", b"b", b"c" * 70_000, random.Random(3).randbytes(300_000), b"d" * 5_000])
paths = st.sampled_from([f"{d}/{e}/{f}" for d in "xyz" for e in "uv" for f in "abc"] + ["top"])


@settings(max_examples=25)
@given(st.lists(st.dictionaries(paths, contents, max_size=14), min_size=2, max_size=6, unique_by=str), st.data())
def test_any_history_is_whole(
    tmp_path_factory: pytest.TempPathFactory, history: list[Files], data: st.DataObject
) -> None:
    directory, backend = tmp_path_factory.mktemp("history"), MemoryBackend()
    clone = Clone(directory, backend)
    versions: dict[RootId, Files] = {}
    waiting: list[tuple[RootId, RootId | None]] = []
    base = None
    for files in history:
        root = clone.put(files)
        if root not in versions:
            waiting.append((root, base))
        versions[root], base = files, root
        if data.draw(st.booleans()):
            clone.push(*waiting)
            waiting.clear()
    clone.push(*waiting)
    proves(directory, backend, versions)
    clone.store.close()
