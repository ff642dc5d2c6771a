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
from gitdata.formats import manifest
from gitdata.formats import pack as formats
from gitdata.formats.tree import Entry, build
from gitdata.ids import BlobId, RootId
from gitdata.remote import check, download, upload
from gitdata.remote.manifests import Manifests
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote
from gitdata.store.store import Store
from gitdata.values import replace

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
    first: str  # name of the pack with all of the first version

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
    made = World(memory / "world", "")
    with Store.open(made.store, fsync=False) as store:
        remote = opened(made.bucket, made.folder / "cache", create=True)
        for kept in (ONE, TWO):
            with store.ingest() as ingest:
                for content in kept.blobs.values():
                    ingest.add(content)
            names = set(kept.blobs)
            upload.push(remote, store, [Version(kept.root, lambda names=names: names, kept.base)])
            made = World(made.folder, made.first or packs(made.bucket / "packs")[0].name)
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


# --- what lies ----------------------------------------------------------------------------------------------------


def packs(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and re.fullmatch("[0-9a-f]{64}", path.stem))


def swapped(place: Path) -> None:
    """Two packs, each under the name of the other."""
    one, two = packs(place)
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def false_table(pack: bytes) -> bytes:
    """A pack whose table is whole, and says of two chunks that each is where the other is."""
    length, _digest = formats.parse_trailer(pack)
    end = len(pack) - formats.TRAILER_SIZE
    table = formats.decode_toc(pack[end - length : end])
    first, second, *rest = table.frames
    frames = [first._replace(chunk=second.chunk), second._replace(chunk=first.chunk), *rest]
    encoded = formats.encode_toc(replace(table, frames=frames))
    return pack[: end - length] + encoded + formats.trailer(encoded)


def false_manifest(data: bytes) -> bytes:
    """A manifest that finds two chunks each where the other is."""
    found = manifest.decode(data)
    first, second, *_rest = sorted(found.chunks)
    places = {**found.chunks, first: found.chunks[second], second: found.chunks[first]}
    return manifest.encode(replace(found, chunks=places))


@pytest.fixture
def copied(world: World, tmp_path: Path) -> World:
    shutil.copytree(world.folder, tmp_path / "world")
    return World(tmp_path / "world", world.first)


def test_swapped_packs(copied: World) -> None:
    swapped(copied.bucket / "packs")
    fetched(copied.bucket, copied.folder / "clone", "swapped packs")
    said = check.check(opened(copied.bucket, copied.folder / "other"), data=True).problems
    assert all(pack.name[:12] in "".join(said) for pack in packs(copied.bucket / "packs"))
    swapped(copied.store)
    stored(copied.store, "swapped packs", lossless=False)


def test_a_table_that_lies(copied: World) -> None:
    """Its bytes are counted and hashed as they should be; what it says of them is not so."""
    for pack in packs(copied.bucket / "packs"):
        pack.write_bytes(false_table(pack.read_bytes()))
    with Store.open(copied.folder / "mine", fsync=False) as store:
        manifests = Manifests(opened(copied.bucket, copied.folder / "cache"))
        for kept in (ONE, TWO):
            assert not download.fetch(manifests, store, set(kept.blobs), [kept.root]).absent, "manifests are right"
        assert read_all(store, {}) == ALL.keys()
    said = check.check(opened(copied.bucket, copied.folder / "other"), data=True).problems
    assert len(said) == 2 and all("the table of contents of pack" in line and "2 chunks" in line for line in said)
    for pack in packs(copied.store):
        lying = false_table(pack.read_bytes())
        pack.unlink()
        pack.with_name(f"{blake3(lying).hexdigest()}.pack").write_bytes(lying)  # not even its name is wrong
    (copied.store / "catalog.db").unlink()
    stored(copied.store, "a table that lies", lossless=False)


def test_a_manifest_that_lies(copied: World) -> None:
    for file in copied.files(copied.bucket / "manifests"):
        file.write_bytes(false_manifest(file.read_bytes()))
        fetched(copied.bucket, copied.folder / "clone", "a manifest that lies")


def test_what_no_version_names_is_read_when_all_is_to_be(copied: World) -> None:
    """The salt of a pack is read by nobody: with `full` its name tells."""
    pack = packs(copied.bucket / "packs")[0]
    content = bytearray(pack.read_bytes())
    length, _digest = formats.parse_trailer(content)
    end = len(content) - formats.TRAILER_SIZE
    content[end - length + 9] ^= 1
    table = bytes(content[end - length : end])
    pack.write_bytes(bytes(content[:end]) + formats.trailer(table))
    remote = opened(copied.bucket, copied.folder / "other")
    assert check.check(remote, data=True).problems == []
    (said,) = check.check(remote, data=True, full=True).problems
    assert pack.name[:12] in said and "not what its name says" in said


class Stale(DirectoryBackend):
    """A directory whose listings are those of an earlier time: new names are missing, deleted ones are there."""

    def __init__(self, top: Path, before: dict[str, int]) -> None:
        super().__init__(top, fsync=False)
        self.before = before

    def names(self, prefix: str) -> Iterator[str]:
        return iter(sorted(name for name in self.before if name.startswith(prefix)))

    def sizes(self, prefix: str) -> dict[str, int]:
        return {name: size for name, size in self.before.items() if name.startswith(prefix)}


def everything(bucket: Path) -> dict[str, int]:
    return {str(path.relative_to(bucket)): path.stat().st_size for path in bucket.rglob("*") if path.is_file()}


def test_listings_that_are_stale(copied: World, world: World) -> None:
    whole = everything(copied.bucket)
    (newer,) = [name for name in whole if name.startswith(f"manifests/{TWO.root.hex()}/")]
    missing = {name: size for name, size in whole.items() if name != newer}

    def came(before: dict[str, int], name: str) -> tuple[set[BlobId], dict[BlobId, str]]:
        remote = Remote.open(
            Stale(copied.bucket, before), create=False, cache=copied.folder / f"cache-{name}", name="origin"
        )
        told: dict[BlobId, str] = {}
        with Store.open(copied.folder / name, fsync=False) as store:
            for kept in (ONE, TWO):
                try:
                    absent = download.fetch(Manifests(remote), store, set(kept.blobs), [kept.root]).absent
                except GitDataError as error:
                    absent = dict.fromkeys(kept.blobs, error)
                told.update({blob: str(error) for blob, error in absent.items()})
            right = {
                blob for blob, content in ALL.items() if store.has([blob]) and store.read(blob, len(content)) == content
            }
        return right, told

    right, told = came(missing, "misses")
    assert right >= ONE.blobs.keys() and right | told.keys() == ALL.keys()
    assert all("'origin'" in line for line in told.values())
    # A push that cannot see what is there sends it again, under names of its own.
    with Store.open(copied.store, fsync=False) as store:
        remote = Remote.open(
            Stale(copied.bucket, missing), create=False, cache=copied.folder / "cache-push", name="origin"
        )
        assert remote.lacking([ONE.root, TWO.root]) == {TWO.root}
        upload.push(remote, store, [Version(TWO.root, lambda: set(TWO.blobs), ONE.root)])
    fetched(copied.bucket, copied.folder / "clone", "pushed again")
    assert all((copied.bucket / name).read_bytes() == (world.bucket / name).read_bytes() for name in whole)

    (pack,) = (path for path in packs(copied.bucket / "packs") if path.name == world.first)
    pack.unlink()
    for file in (copied.bucket / "manifests" / TWO.root.hex()).iterdir():
        file.unlink()
    right, told = came(whole, "deleted")
    assert right | told.keys() == ALL.keys() and told
    assert any(f"pack {pack.name[:12]} is gone from 'origin'" in line for line in told.values())
    stale = Remote.open(Stale(copied.bucket, whole), create=False, cache=copied.folder / "cache-last", name="origin")
    (said,) = check.check(stale, data=True).problems
    assert pack.name[:12] in said, "the listing that shows it is not believed"
