"""Every byte of a store and of a remote, one at a time, is flipped, and every file is cut off at every length.

What is read is right, or it is an error that says where; never wrong bytes. What a check does not find does not
matter: all of it can be read. In a usual run every 37th byte is taken; `-m long` takes every seventh, and all with
`GIT_DATA_BYTES=1`.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from blake3 import blake3

from gitdata.backends.directory import DirectoryBackend
from gitdata.errors import GitDataError
from gitdata.formats.tree import Entry, build
from gitdata.ids import BlobId, RootId
from gitdata.remote import check, download, upload
from gitdata.remote.manifests import Manifests
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote
from gitdata.store.store import Store

FEW = 37
MANY = int(os.environ.get("GIT_DATA_BYTES", "7"))
NAMED = re.compile(r"(pack|chunk|of|manifests?/?) ?.*[0-9a-f]{12}|gitdata\.json|[0-9a-f]{12} is")
FIRST = {"a": b"one\n", "d/b": b"of both\n" * 5, "large": bytes(300_000)}
SECOND = {**FIRST, "a": b"two\n", "large": bytes(280_000) + b"other" * 9000}


@dataclass(frozen=True)
class Kept:
    """A version and all of its blobs."""

    root: RootId
    blobs: dict[BlobId, bytes]
    base: RootId | None

    @staticmethod
    def of(files: dict[str, bytes], base: RootId | None = None) -> "Kept":
        named = {BlobId(blake3(content).digest()): content for content in files.values()}
        listing = {path.encode(): Entry("file", len(c), BlobId(blake3(c).digest())) for path, c in files.items()}
        forest = build(listing)
        return Kept(forest.root, {**named, **forest.trees}, base)


ONE = Kept.of(FIRST)
TWO = Kept.of(SECOND, ONE.root)
ALL = {**ONE.blobs, **TWO.blobs}


def opened(bucket: Path, cache: Path, *, create: bool = False) -> Remote:
    return Remote.open(DirectoryBackend(bucket, fsync=False), create=create, cache=cache, name="origin")


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, if there is such a place: thousands of databases are made."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class World:
    """A store with two versions, and the remote that they were pushed to."""

    folder: Path

    @property
    def bucket(self) -> Path:
        return self.folder / "bucket"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def files(self, place: Path) -> list[Path]:
        return sorted(path for path in place.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def world(memory: Path) -> World:
    made = World(memory / "world")
    with Store.open(made.store, fsync=False) as store:
        remote = opened(made.bucket, made.folder / "cache", create=True)
        for kept in (ONE, TWO):
            with store.ingest() as ingest:
                for content in kept.blobs.values():
                    ingest.add(content)
            names = set(kept.blobs)
            upload.push(remote, store, [Version(kept.root, lambda names=names: names, kept.base)])
        assert store.fsck() == [] and check.check(remote, data=True).problems == []
    for path in made.folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return made


# --- what is damaged ----------------------------------------------------------------------------------------------


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]


def cut(content: bytes, place: int) -> bytes:
    return content[:place]


def damages(content: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    for how in (flipped, cut):
        for place in range(step // 2 if step > 1 else 0, len(content), step):
            yield f"{how.__name__} at {place}", how(content, place)


# --- what has to hold ---------------------------------------------------------------------------------------------


def read_all(store: Store, told: dict[BlobId, str]) -> set[BlobId]:
    """Read everything; what comes is right, what does not come has been told of, here or before (`told`)."""
    right = set()
    for blob, content in ALL.items():
        try:
            found = store.read(blob, len(content))
        except GitDataError as error:
            said = told.get(blob, "") + str(error)
            assert NAMED.search(said), said
        else:
            assert found == content
            right.add(blob)
    return right


def fetched(bucket: Path, folder: Path, where: str) -> None:
    """Everything that a new clone gets is right, and what it does not get is told, and found by a check."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    told: dict[BlobId, str] = {}
    with Store.open(folder / "store", fsync=False) as store:
        try:
            remote = opened(bucket, folder / "cache")
        except GitDataError as error:
            assert "gitdata.json" in where, where
            assert str(error)
            return
        for kept in (ONE, TWO):
            try:
                came = download.fetch(Manifests(remote), store, set(kept.blobs), [kept.root])
                told.update({blob: str(error) for blob, error in came.absent.items()})
            except GitDataError as error:
                told.update(dict.fromkeys(kept.blobs, str(error)))
        right = read_all(store, told)
        assert store.fsck() == [], where  # nothing wrong has entered
    problems = check.check(opened(bucket, folder / "other"), data=True).problems
    assert problems or right == ALL.keys(), f"{where}: not found, and {len(ALL) - len(right)} blobs cannot be had"
    for line in problems:
        assert NAMED.search(line), line


def remote_matrix(world: World, folder: Path, step: int) -> int:
    count = 0
    for file in world.files(world.bucket):
        content = file.read_bytes()
        try:
            for how, damaged in damages(content, step):
                file.write_bytes(damaged)
                fetched(world.bucket, folder / "clone", f"{file.relative_to(world.bucket)} {how}")
                count += 1
        finally:
            file.write_bytes(content)
    fetched(world.bucket, folder / "clone", "nothing")
    return count


def test_some_bytes_of_a_remote(world: World, memory: Path) -> None:
    assert remote_matrix(world, memory, FEW) > 50


@pytest.mark.long
def test_more_bytes_of_a_remote(world: World, memory: Path) -> None:
    print(f"{remote_matrix(world, memory, MANY)} damaged remotes")


def stored(folder: Path, where: str, *, lossless: bool) -> None:
    """Everything that a store gives is right; what it does not give is told, and found by a check."""
    with Store.open(folder, fsync=False) as store:
        before = store.fsck()
    shutil.copytree(folder, folder.with_name("checked"))
    with Store.open(folder, fsync=False) as store:
        right = read_all(store, {})
        after = store.fsck()
        assert right == ALL.keys() or before, f"{where}: a check finds nothing"
        if lossless:
            store.rebuild()
            assert read_all(store, {}) == ALL.keys(), f"{where}: lost although all packs are whole"
        again = store.fsck()
        assert right == ALL.keys() or after or again == [], where
        whole = read_all(store, {})
        assert whole >= right, where
    shutil.rmtree(folder.with_name("checked"))


def store_matrix(world: World, folder: Path, step: int) -> int:
    count, place = 0, folder / "store"
    for file in world.files(world.store):
        content = file.read_bytes()
        name = file.relative_to(world.store)
        catalog = file.name == "catalog.db"
        for how, damaged in damages(content, step):
            at = int(how.split()[-1])
            if catalog and (at // step % 97 if how.startswith("cut") else not content[at] and at // step % FEW):
                continue  # most of it is empty
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(world.store, place)
            (place / name).write_bytes(damaged)
            stored(place, f"{name} {how}", lossless="packs" not in name.parts)
            count += 1
    return count


def test_some_bytes_of_a_store(world: World, memory: Path) -> None:
    assert store_matrix(world, memory, FEW) > 50


@pytest.mark.long
def test_more_bytes_of_a_store(world: World, memory: Path) -> None:
    print(f"{store_matrix(world, memory, MANY)} damaged stores")
