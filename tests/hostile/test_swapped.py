"""A directory that somebody swaps for a link at the worst moment leads nobody out of the data."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from blake3 import blake3
from datatree import Tree

from gitdata.errors import GitDataError
from gitdata.formats.tree import Listing, build
from gitdata.ids import BlobId
from gitdata.store.signature import Signature
from gitdata.store.store import Store
from gitdata.worktree.glance import Budget, Looking, Version, glance, in_order
from gitdata.worktree.glance_at import glance_at
from gitdata.worktree.in_the_way import in_the_way
from gitdata.worktree.materialise import keep_unsaved
from gitdata.worktree.merging import decide
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.snapshot import Keep, complete, described, observe
from gitdata.worktree.trees import OutOfStep, Trees
from gitdata.worktree.update import Version as Recorded
from gitdata.worktree.update import update

pytestmark = pytest.mark.any_git

_CALLS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.symlink", "os.listdir", "os.scandir")
_NAMES = ("changed", "gone", "same", "deep/changed", "deep/gone")
_armed: list[Callable[[], None]] = []


def _audit(event: str, _arguments: object) -> None:
    if _armed and event in _CALLS:
        _armed[0]()


sys.addaudithook(_audit)  # nothing takes one away again


@contextlib.contextmanager
def before_call(number: int, do: Callable[[], None]) -> Iterator[list[int]]:
    """Does it before the `number`th call to the system that names a file; how many there were."""
    count = [0]

    def called() -> None:
        count[0] += 1
        if count[0] == number:
            again = _armed.pop()
            do()
            _armed.append(again)

    _armed.append(called)
    try:
        yield count
    finally:
        _armed.clear()


def fill(folder: Path, word: str) -> None:
    for name in _NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{word} {name}")


def listed(folder: Path) -> str:
    command = "find . -printf '%p %y %l %m\\n' | sort; find . -type f -exec sha256sum {} + | sort"
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout


def swapped(folder: Path, outside: Path) -> Callable[[], None]:
    def swap() -> None:
        with contextlib.suppress(OSError):  # it is not there at this moment
            os.rename(folder, folder.with_name("aside"))
            os.symlink(outside, folder)

    return swap


@pytest.mark.parametrize("which", ["", "sub", "sub/deep"])
def test_nothing_is_written_behind_a_link(tmp_path: Path, which: str) -> None:
    tree = Tree(tmp_path)
    fill(tree.data / "sub", "first")
    first = tree.record()
    for name in ("changed", "deep/changed", "new", "deep/new", "made/new"):
        (tree.data / "sub" / name).parent.mkdir(exist_ok=True)
        (tree.data / "sub" / name).write_text(f"second {name}")
    for name in ("gone", "deep/gone"):
        (tree.data / "sub" / name).unlink()
    second = tree.record()
    outside = tmp_path / "outside"
    fill(outside / "sub", "secret")
    before = listed(outside)

    def fresh() -> None:
        shutil.rmtree(tmp_path / "tree")
        tree.data.mkdir(parents=True)
        tree.go({}, first)

    swap = swapped(tree.data / which, outside / which)
    fresh()
    with before_call(0, swap) as calls:
        tree.go(first, second)
    for number in range(1, calls[0] + 1):
        fresh()
        with before_call(number, swap), contextlib.suppress(GitDataError, OSError):
            tree.go(first, second)
        assert listed(outside) == before, number
    assert calls[0] > 20


@dataclass
class Reader:
    """Whatever reads data that has changed since its version `first`."""

    tree: Tree
    first: Listing
    other: Store  # has nothing

    def commit(self) -> None:
        self.tree.snapshot()

    def add(self) -> None:
        with self.tree.store.ingest() as ingest:
            paths = [b"sub/changed", b"sub/new", b"sub/deep/changed", b"sub/deep", b"sub/made"]
            first = Recorded(build(self.first).root, len(self.first), 0)
            update(self.tree.root, first, paths, self.tree.state, self.tree.store, Keep(ingest))

    def stash(self) -> None:
        with self.tree.store.ingest() as ingest:
            observe(self.tree.root, self.tree.state, None, Keep(ingest))

    def serve(self) -> None:
        with self.other.ingest() as ingest:
            complete(self.tree.root, described(self.first), self.other, ingest)

    def keep(self) -> None:
        seen = described(self.first)
        keep_unsaved(RootChanges(self.tree.root, decide(self.first, self.first, {}), {}, seen), self.other)

    def status(self) -> list[Signature | None]:
        found = glance(self._looking(), None, Version(None, lambda: in_order(self.first)))
        return [*(edit.seen for edit in found.edits.values()), *(row[0] for row in found.rows.values())]

    def again(self) -> list[Signature | None]:
        trees = Trees(build(self.first).root, self.tree.store)
        found = glance_at(self._looking(), [b"sub", b"sub/same", b"sub/deep/same", b"sub/made"], trees)
        return [*(edit.seen for edit in found.edits.values()), *(row[0] for row in found.rows.values())]

    def undo(self) -> list[Signature | None]:
        found = in_the_way(self.tree.root, [b"sub/changed", b"sub/deep/gone", b"sub/made"], self.tree.state)
        return [*found.scan.files.values(), *found.scan.links.values()]

    def _looking(self) -> Looking:
        rows = self.tree.state.lookup(self.tree.root.pointer)
        return Looking(self.tree.root, self.tree.state, Budget(1 << 30), {}, lambda: rows)


@pytest.mark.parametrize("which", ["sub", "sub/deep"])
@pytest.mark.parametrize("verb", ["commit", "add", "stash", "serve", "keep", "status", "again", "undo"])
def test_nothing_is_read_behind_a_link(tmp_path: Path, which: str, verb: str) -> None:
    tree = Tree(tmp_path)
    outside, aside = tmp_path / "outside", (tree.data / which).with_name("aside")
    fill(tree.data / "sub", "first")
    first = tree.record()
    with tree.store.ingest() as ingest:
        for content in build(first).trees.values():
            ingest.add(content)
    fill(tree.data / "sub", "other")
    fill(outside / "sub", "inner")  # as long as what is in its place
    (outside / "sub/link").symlink_to("secret")
    (outside / "sub/made").mkdir()
    (outside / "sub/made/new").write_text("inner new")
    (tree.data / "sub/made").mkdir()
    secrets = {BlobId(blake3(path.read_bytes()).digest()) for path in outside.rglob("*") if path.is_file()}
    secrets.add(BlobId(blake3(b"secret").digest()))
    inodes = {path.lstat().st_ino for path in outside.rglob("*")}
    reader = Reader(tree, first, Store.open(tmp_path / "other", fsync=False))
    swap, number, calls = swapped(tree.data / which, outside / which), 0, [1]
    while number <= calls[0]:  # in the first round at none
        for path in tree.data.rglob("*"):
            os.utime(path, (number, number))
        with before_call(number, swap) as called, contextlib.suppress(GitDataError, OutOfStep, OSError):
            seen = getattr(reader, verb)() or []
            assert not inodes & {one.ino for one in seen if one is not None}, number
        calls = [max(called[0], calls[0])] if number else called
        assert not tree.store.has(secrets) | reader.other.has(secrets), number
        if aside.exists():
            (tree.data / which).unlink()
            aside.rename(tree.data / which)
        number += 1
    assert calls[0] > 3
