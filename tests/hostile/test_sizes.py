"""Sizes, counts and lengths that a remote, a pointer or a tree states: small lies do no large damage."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from blake3 import blake3
from memory import peak
from patterned import tracked_by_pattern
from shell import Result, Shell, project

from gitdata.backends.directory import DirectoryBackend
from gitdata.backends.memory import MemoryBackend
from gitdata.errors import BadFormat, BadPointer, DataCorrupt
from gitdata.formats import manifest, pack, pointer
from gitdata.formats.differing import differing
from gitdata.formats.pack import Recipe
from gitdata.formats.tree import Entry, build, encode_tree, flatten, reachable
from gitdata.ids import BlobId, RootId
from gitdata.remote import download, upload
from gitdata.remote.manifests import Manifests
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote
from gitdata.store.store import Store
from gitdata.values import replace

MEMORY = 400_000  # KiB of addresses that a command may have
Trees = dict[BlobId, bytes]


def unfolding(names: int, wide: int, deep: int) -> tuple[RootId, Trees, int]:
    """Few trees that stand for many long paths: `names` nested ones of 250 bytes, below them `wide ** deep` files."""
    trees: Trees = {}

    def add(entries: list[tuple[bytes, Entry]]) -> Entry:
        encoded = encode_tree(entries)
        identifier = BlobId(blake3(encoded).digest())
        trees[identifier] = encoded
        return Entry("dir", len(encoded), identifier)

    entry = Entry("file", 0, BlobId(blake3(b"").digest()))
    for _level in range(deep):
        entry = add([(b"%d" % number, entry) for number in range(wide)])
    for _level in range(names):
        entry = add([(b"n" * 250, entry)])
    return RootId(entry.id), trees, wide**deep


def test_a_few_trees_do_not_unfold_to_more_than_a_version_may_have() -> None:
    root, trees, _files = unfolding(100, 20, 5)
    assert sum(map(len, trees.values())) < 40_000

    def refused(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            with pytest.raises(BadFormat, match="unfolds to"):
                work()

        return run

    assert peak(refused(lambda: flatten(root, trees.__getitem__))) < 150 << 20
    empty = build({})
    both = {**trees, **empty.trees}
    assert peak(refused(lambda: differing(empty.root, root, both.__getitem__))) < 150 << 20
    # What does not ask for paths need not be refused: each tree is read once.
    assert peak(lambda: reachable(root, trees.__getitem__)) < 10 << 20


def test_what_is_large_but_bearable_is_not_refused() -> None:
    root, trees, files = unfolding(10, 20, 4)  # 400 MB of paths
    reads = 0

    def read(tree: BlobId) -> bytes:
        nonlocal reads
        reads += 1
        return trees[tree]

    assert len(flatten(root, read)) == files
    assert reads < 2 * (1 + 20 + 400 + 8000 + 20)


def shell_of(repo: Shell, command: str) -> Result:
    """Run a command with little memory."""
    return repo.run(f"sh -c 'ulimit -v {MEMORY}; exec {command}'", code=None)


def test_every_verb_refuses_it_in_one_line(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm first")
    root, trees, files = unfolding(100, 20, 5)
    with Store.open(repo.cwd / ".git/gitdata", fsync=False) as store, store.ingest() as ingest:
        for encoded in trees.values():
            ingest.add(encoded)
        ingest.add(b"")
    repo.git("checkout -q -b hostile")
    text = f"gitdata pointer 1 tree\nroot {root.hex()}\nfiles {files}\nbytes 0\n"
    off = {"GIT_DATA_SKIP": "1"}
    repo.write("data.gitdata", text)
    repo.git("-c filter.gitdata.process= -c core.fsmonitor= commit -q -m hostile -- data.gitdata", **off)
    repo.git("-c filter.gitdata.process= -c core.fsmonitor= checkout -q main", **off)
    repo.write("data/b", "b")
    repo.git("commit -qam ours")
    for command, code in (
        ("git data ls hostile", BadFormat.exit_code),
        ("git data diff --stat main hostile", BadFormat.exit_code),
        ("git data log hostile", None),
        ("git data blame hostile -- data", None),
        ("git data du", None),
        ("git data du --by type hostile", None),
        ("git data params diff main hostile", None),
        ("git data plots show --json hostile", None),
        ("git diff main hostile", 0),
        ("git merge -q hostile -m merged", 1),
        ("git merge --abort", 0),
        ("git data status", None),
        ("git checkout -q -f hostile", None),
        ("git data checkout", BadFormat.exit_code),
        ("git data status", None),
        ("git data sparse set data/a", None),
        ("git data status", None),
        ("git data sparse disable", None),
        ("git checkout -q -f main", 0),
    ):
        done = shell_of(repo, command)
        assert code is None or done.code == code, (command, done.said)
        assert "MemoryError" not in done.said and "Killed" not in done.said, command
        assert done.err.count("unfolds to") <= 1 or "merge" in command or "checkout" in command, done.err
    assert repo.read("data/a") == b"a"


def test_a_listing_of_few_long_paths_is_refused() -> None:
    inner = b"/d" * 250
    lines = [b"%s 1 file %05d%s/f\n" % (b"0" * 64, number, inner) for number in range(4500)]
    text = b"gitdata pointer 1 listing\n" + b"".join(lines)
    assert len(text) < pointer.LIMIT

    def work() -> None:
        with pytest.raises(BadPointer, match="directories"):
            pointer.parse(text)

    assert peak(work) < 100 << 20
    together = b"gitdata pointer 1 listing\n" + b"".join(line.replace(b" 0", b" same/0", 1) for line in lines[:500])
    assert pointer.parse(together).files == 500


@pytest.mark.parametrize("stated", ["files 3\nbytes 4", "files 2\nbytes 5"])
def test_a_pointer_whose_trees_say_otherwise(shell: Shell, stated: str) -> None:
    repo = project(shell)
    repo.git("config gitdata.listingLimit 1")
    repo.write("data/a", "a")
    repo.write("data/b", "bcd")
    repo.git("data track data")
    repo.git("commit -qm first")
    text = repo.read("data.gitdata").decode()
    assert "files 2\nbytes 4" in text
    repo.write("data.gitdata", text.replace("files 2\nbytes 4", stated))
    done = repo.run("git data ls", code=BadFormat.exit_code)
    assert "its trees say 2 of 4" in done.err


def test_a_tree_that_is_larger_than_the_one_above_says() -> None:
    forest = build({b"d/f": Entry("file", 1, BlobId(b"x" * 32))})
    (inner,) = (tree for tree in forest.trees if tree != forest.root)
    lying = encode_tree([(b"d", Entry("dir", 1, inner))])
    trees = {**forest.trees, BlobId(b"r" * 32): lying}
    for walk in (flatten, reachable):
        with pytest.raises(BadFormat, match="1 by the one above"):
            walk(RootId(b"r" * 32), trees.__getitem__)


CHUNK = b"\0" * (256 << 10)
LIE = BlobId(b"l" * 32)


def lying_remote(where: Path, blobs: tuple[BlobId, ...], trees: Trees, root: RootId) -> None:
    """A data remote with a recipe of 12,000 equal chunks, 3 GB, for what is named as 10 bytes."""
    with Store.open(where.parent / "lying-store", fsync=False) as store:
        with store.ingest() as ingest:
            chunk = ingest.add(CHUNK)
            ingest.add_recipe(Recipe(LIE, 12_000 * len(CHUNK), (chunk,) * 12_000))
            for encoded in trees.values():
                ingest.add(encoded)
        remote = Remote.open(DirectoryBackend(where), create=True, cache=where.parent / "lying-cache", name="origin")
        upload.push(remote, store, [Version(root, lambda: blobs, None)])


def used(directory: Path) -> int:
    return int(subprocess.run(["du", "-sk", str(directory)], capture_output=True, check=True).stdout.split()[0])


def test_content_that_is_larger_than_its_pointer_says(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm first")
    listing = {b"big": Entry("file", 10, LIE)}
    forest = build(listing)
    lying_remote(shell.cwd / "bucket", (LIE, *forest.trees), forest.trees, forest.root)
    repo.write("data.gitdata", pointer.encode(listing, "listing"))
    done = repo.run("git data pull", code=DataCorrupt.exit_code)
    assert "10 bytes by its pointer and 3145728000 by its content" in done.err
    assert repo.read("data/a") == b"a" and not (repo.cwd / "data/big").exists()  # nothing was touched
    assert not (repo.cwd / ".git/gitdata/pending").exists()
    assert used(repo.cwd) < 4096


def test_a_pattern_file_that_is_larger_than_its_pointer_says(shell: Shell) -> None:
    repo = tracked_by_pattern(shell)
    lying_remote(shell.cwd / "bucket", (LIE,), {}, RootId(LIE))
    text = f"gitdata pointer 1 file\n{LIE.hex()} 10 file\n"
    oid = repo.run("git hash-object -w --no-filters --stdin", stdin=text.encode()).out.strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},lie.bin")
    before = used(repo.cwd)
    for command in ("git checkout -q -- lie.bin", "git data pull"):
        done = repo.run(command, code=None)
        assert "lie.bin" in done.err and "3145728000 bytes, 10 by" in done.err, done.said
        assert repo.read("lie.bin").decode() == text
        assert used(repo.cwd) < before + 4096


def test_a_store_gives_no_byte_of_content_of_another_size(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", fsync=False) as store:
        with store.ingest() as ingest:
            chunk = ingest.add(CHUNK)
            ingest.add_recipe(Recipe(LIE, 10, (chunk,) * 12_000))
        assert store.sizes([LIE, BlobId(chunk)]) == {LIE: 12_000 * len(CHUNK), BlobId(chunk): len(CHUNK)}
        for size in (10, 12_000 * len(CHUNK) - 1):
            with pytest.raises(DataCorrupt, match=f"{size} by what names it"):
                next(store.stream(LIE, size))


def test_a_recipe_whose_chunks_come_to_something_else(tmp_path: Path) -> None:
    backend = MemoryBackend()
    remote = Remote.open(backend, create=True, cache=tmp_path / "cache", name="origin")
    with Store.open(tmp_path / "theirs", fsync=False) as store:
        with store.ingest() as ingest:
            chunk = ingest.add(CHUNK)
            ingest.add_recipe(Recipe(LIE, 2 * len(CHUNK), (chunk, chunk)))
        upload.push(remote, store, [Version(RootId(LIE), lambda: (LIE,), None)])
    (name,) = backend.names("manifests/")
    found = manifest.decode(backend.read(name))
    backend.delete(name)
    backend.put(name, manifest.encode(replace(found, recipes={LIE: (10, found.recipes[LIE][1])})))
    fresh = Remote.open(backend, create=False, cache=tmp_path / "other", name="origin")
    with (
        Store.open(tmp_path / "mine", fsync=False) as store,
        pytest.raises(DataCorrupt, match="says 10 bytes, its chunks have 524288"),
    ):
        download.fetch(Manifests(fresh), store, {LIE}, [RootId(LIE)])


def test_a_small_manifest_does_not_expand_to_much() -> None:
    body = b"\0" * (100 << 20)
    packed = zstandard.ZstdCompressor(level=1).compress(body)
    assert len(packed) < 100_000
    data = manifest.MAGIC + len(body).to_bytes(8, "little") + blake3(body).digest() + packed

    def work() -> None:
        with pytest.raises(BadFormat, match="impossible length"):
            manifest.decode(data)

    assert peak(work) < 10 << 20


def test_a_recipe_has_no_more_chunks_than_a_pack_can_list() -> None:
    count = pack.MAX_RECIPE + 1
    data = b"b" * 32 + (0).to_bytes(8, "little") + count.to_bytes(4, "little")
    with pytest.raises(BadFormat, match="damaged"):
        pack.read_recipes(data, 0, 1, count)


def test_a_link_to_megabytes_is_refused_before_it_is_read(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm first")
    listing = {b"link": Entry("link", 12_000 * len(CHUNK), LIE)}
    forest = build(listing)
    lying_remote(shell.cwd / "bucket", (LIE, *forest.trees), forest.trees, forest.root)
    repo.write("data.gitdata", pointer.encode(listing, "listing"))
    done = shell_of(repo, "git data pull")
    assert done.code == 3 and "is a link to 3145728000 bytes" in done.err
    assert repo.read("data/a") == b"a"
