"""What is done to all files of a version takes memory for some of them at a time, however many they are."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from datatree import Tree
from memory import peak

from gitdata import id_tables
from gitdata.backends.directory import DirectoryBackend
from gitdata.formats import located, manifest, unfolding
from gitdata.formats.tree import reachable
from gitdata.formats.unfolding import unfold
from gitdata.ids import BlobId
from gitdata.remote import download, upload
from gitdata.remote.manifests import Manifests
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote
from gitdata.worktree import fresh, glance, intake, racy, statcache, walk
from gitdata.worktree.glance import Budget, Looking, unfolded

FEW, MANY = 600, 1800  # files
EACH = 200  # bytes of memory that a file may take; its path and what is there alone take 300 as Python's own values
# Here also what has its bounds beyond these files: packs in pieces of 16 MiB, and the manifest of them all.
MORE = {"push": 450, "fetch": 600}


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done together is so little that these files are many."""
    for module, name, size in [
        (intake, "_AHEAD", 300),
        (intake, "_TOGETHER", 300),
        (intake, "_LISTED", 300),
        (walk, "_STRETCH", 100),
        (statcache, "_PART", 100),
        (unfolding, "_MOST", 100),
        (unfolding, "_ASKED", 300),
        (glance, "_KEPT", 300),
        (id_tables, "_FEW", 100),
        (id_tables, "_PLACES", 16),
        (located, "MANY", 100),
        (manifest, "MANY", 100),
        (manifest, "_TOGETHER", 300),
        (racy, "_FINE_NS", 0),  # how many files are written in so short a time is not to be measured
    ]:
        monkeypatch.setattr(module, name, size)


def tree_of(directory: Path, count: int) -> Tree:
    tree = Tree(directory)
    for number in range(count):
        folder = tree.data / f"{number // 150}"
        folder.mkdir(exist_ok=True)
        (folder / f"a file of some name {number}").write_bytes(b"%d" % number)
    return tree


def look(tree: Tree, root: BlobId) -> None:
    """A look that finds everything as it is, once from the stat cache alone and once beside the version."""
    looking = Looking(tree.root, tree.state, Budget(0), {}, lambda: tree.state.lookup(tree.root.pointer))
    entries = partial(lambda: unfolded(unfold(root, tree.store.tree)))
    assert glance.glance(looking, None, glance.Version(root, entries)).edits == {}
    assert len(glance.glance(looking, None, glance.Version(BlobId(bytes(32)), entries)).edits) == 0


def taken_by(directory: Path, count: int) -> Iterator[tuple[str, int]]:
    """The memory that each command takes for so many files (bytes)."""
    here, there = directory / "here", directory / "there"
    tree, new = tree_of(here, count), Tree(there)
    new.data.rmdir()
    (here / "remote").mkdir()
    root = tree.snapshot().root
    yield "record nothing new", peak(tree.snapshot)
    (tree.state.directory / "stat").rename(here / "stat before")
    yield "record", peak(tree.snapshot)
    yield "look", peak(partial(look, tree, BlobId(root)))
    remote = Remote.open(DirectoryBackend(here / "remote"), create=True, cache=here / "cache", name="origin")
    version = Version(root, partial(reachable, root, tree.store.tree), None)
    yield "push", peak(partial(upload.push, remote, tree.store, [version]))
    clone = Remote.open(DirectoryBackend(here / "remote"), create=False, cache=there / "cache", name="origin")
    yield "fetch", peak(partial(download.fetch_version, Manifests(clone), new.store, root, 1 << 30))
    yield "write", peak(partial(fresh.write_new, fresh.Survey(new.root), root, new.store, new.state))
    assert len(list(new.data.rglob("a file*"))) == count


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    few, many = dict(taken_by(tmp_path / "few", FEW)), dict(taken_by(tmp_path / "many", MANY))
    grown = {what: (many[what] - size) / (MANY - FEW) for what, size in few.items()}
    assert {what: size for what, size in grown.items() if size > MORE.get(what, EACH)} == {}, grown
