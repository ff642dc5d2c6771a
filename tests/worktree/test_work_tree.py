"""Scan, snapshot and materialise on a real file system."""

import hashlib
import marshal
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from blake3 import blake3
from datatree import Tree
from faulty import Stop

from gitdata import durable
from gitdata.errors import Unreadable, UnsafeName
from gitdata.formats.tree import Listing
from gitdata.store.signature import Signature
from gitdata.store.store import Store
from gitdata.worktree import places
from gitdata.worktree.before import Before, entry_at
from gitdata.worktree.racy import is_racy
from gitdata.worktree.snapshot import observe


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def zoo(data: Path) -> None:
    (data / "a/b/c").mkdir(parents=True)
    (data / "a/b/c/deep.txt").write_text("deep")
    (data / "empty.txt").write_text("")
    (data / "run").write_text("#!/bin/sh\n")
    (data / "run").chmod(0o755)
    (data / "nothing/here").mkdir(parents=True)
    (data / "link").symlink_to("a/b")
    (data / "dangling").symlink_to("/no/where")
    (data / "big").write_bytes(os.urandom(3_000_000))
    os.link(data / "big", data / "hard")


def copy(tree: Tree, name: str) -> Path:
    target = tree.data.parent.parent / name
    subprocess.run(["cp", "-a", str(tree.data), str(target)], check=True)
    return target


def same(one: Path, other: Path) -> None:
    subprocess.run(["diff", "-r", "--no-dereference", str(one), str(other)], check=True)


def test_there_and_back(tree: Tree) -> None:
    first = tree.record()
    zoo(tree.data)
    second = tree.record()
    full = copy(tree, "full")
    tree.go(second, first)
    assert list(tree.data.iterdir()) == []
    tree.go(first, second)
    same(tree.data, full)
    assert os.access(tree.data / "run", os.X_OK)
    assert observe(tree.root, tree.state, None).listing == second


def test_ids_are_the_hashes_of_the_contents(tree: Tree) -> None:
    zoo(tree.data)
    for path, entry in tree.record().items():
        full = tree.data / os.fsdecode(path)
        if entry.kind == "link":
            assert entry.id == blake3(os.fsencode(os.readlink(full))).digest()
        elif entry.kind != "dir":
            assert entry.id == blake3(full.read_bytes()).digest()
            assert entry.size == full.stat().st_size


def test_files_become_directories_and_back(tree: Tree) -> None:
    (tree.data / "x").write_text("file")
    first = tree.record()
    (tree.data / "x").unlink()
    (tree.data / "x/y").mkdir(parents=True)
    (tree.data / "x/y/z").write_text("below")
    second = tree.record()
    (tree.data / "x/y/z").unlink()
    (tree.data / "x/y").rmdir()
    (tree.data / "x").rmdir()
    (tree.data / "x").symlink_to("/")
    third = tree.record()
    for base, target in ((third, first), (first, second), (second, third), (third, second), (second, first)):
        tree.go(base, target)
        assert observe(tree.root, tree.state, None).listing == target


def test_only_what_changed_is_read_again(tree: Tree) -> None:
    zoo(tree.data)
    tree.record()
    old = 1_000_000_000
    for path in tree.data.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, ns=(old, old))
    tree.snapshot()
    time.sleep(0.05)  # beyond the racy window
    tree.snapshot()
    tree.snapshot()
    assert tree.read == 0
    (tree.data / "empty.txt").write_text("now")
    tree.snapshot()
    assert tree.read == 1


def test_what_was_only_looked_at_is_not_taken_for_stored(tree: Tree) -> None:
    zoo(tree.data)
    time.sleep(0.05)  # beyond the racy window
    for _look in range(3):
        observe(tree.root, tree.state, None)
    listing = tree.record()
    ids = {entry.id for entry in listing.values() if entry.kind != "dir"}
    assert tree.store.has(ids) == ids


def test_what_was_stored_before_packs_were_lost_is_stored_again(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    zoo(tree.data)
    time.sleep(0.05)  # beyond the racy window
    tree.record()
    tree.snapshot()
    assert tree.read == 0
    for pack in (tmp_path / "store/packs").rglob("*.pack"):
        pack.unlink()
    tree.store.close()
    tree.store = Store.open(tmp_path / "store", fsync=False)
    listing = tree.record()
    ids = {entry.id for entry in listing.values() if entry.kind != "dir"}
    assert tree.store.has(ids) == ids


@pytest.mark.parametrize("trick", ["same size", "old time", "other inode"])
def test_every_edit_is_seen(tree: Tree, trick: str) -> None:
    file = tree.data / "f"
    for number in range(30):
        file.write_text(f"{number:04}")
        if trick == "old time":
            os.utime(file, ns=(5, 5))
        elif trick == "other inode":
            other = tree.data.parent / "new"
            other.write_text(f"{number:04}")
            os.utime(other, ns=(5, 5))
            other.rename(file)
        entry = tree.record()[b"f"]
        assert entry.id == blake3(f"{number:04}".encode()).digest()


def test_a_racy_signature_is_not_trusted() -> None:
    fine = Signature(1, 1, 1, 5_000_000_001, 5_000_000_001, 0)
    assert is_racy(fine, 5_000_000_002)
    assert not is_racy(fine, 5_100_000_000)
    coarse = Signature(1, 1, 1, 5_000_000_000, 5_000_000_000, 0)
    assert is_racy(coarse, 6_900_000_000)
    assert not is_racy(coarse, 7_100_000_000)


def test_another_python_knows_the_files(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another minor version nothing has to be read again."""
    (tree.data / "a").write_text("one")
    time.sleep(0.03)
    tree.record()
    rows = tree.state.lookup(tree.root.pointer).all()
    assert rows
    for version, known in ((0x030A0DF0, True), (0x030F00F0, True), (0x04000000, False)):
        monkeypatch.setattr(sys, "hexversion", version)
        assert (tree.state.lookup(tree.root.pointer).all() == rows) is known
    # Every Python since 3.8 writes this the same; one that does not must not read it.
    sample = ({b"a/b": ((1, 2, 3, 2**62, 2**63 - 1, 33188), bytes(32))}, b"x", True, None, "modified", -1, 2**40)
    assert hashlib.sha1(marshal.dumps(sample, 2)).hexdigest() == "48e3457551a0295bb4a2ab923162c808dadc8a7d"


def test_a_damaged_stat_cache_only_costs_time(tree: Tree) -> None:
    zoo(tree.data)
    time.sleep(0.05)  # of files that are too young nothing is saved
    listing = tree.record()
    saved = list((tree.state.directory / "stat").iterdir())
    assert saved
    for file in saved:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert observe(tree.root, tree.state, None).listing == listing


def test_everything_that_cannot_be_recorded_is_named(tree: Tree) -> None:
    os.mkfifo(tree.data / "pipe")
    import socket

    listener = socket.socket(socket.AF_UNIX)
    here = os.open(tree.data, os.O_RDONLY)
    listener.bind(f"/proc/self/fd/{here}/socket")
    listener.close()
    os.close(here)
    with pytest.raises(Unreadable, match="data/pipe.*FIFO.*data/socket.*socket"):
        observe(tree.root, tree.state, None)


def test_a_missing_root_is_not_an_empty_one(tree: Tree) -> None:
    assert observe(tree.root, tree.state, None).present
    tree.data.rmdir()
    assert not observe(tree.root, tree.state, None).present


def test_stopped_at_every_step_files_are_whole_and_it_goes_on(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        (tree.data / f"f{number}").write_bytes(b"old" * 1000)
    (tree.data / "gone").write_text("x")
    first = tree.record()
    for number in range(6):
        (tree.data / f"f{number}").write_bytes(b"newer" * 1000)
    (tree.data / "gone").unlink()
    (tree.data / "sub").mkdir()
    (tree.data / "sub/n").write_text("n")
    second = tree.record()
    allowed = {first[path] for path in first} | {second[path] for path in second}
    tree.go(second, first)
    stopped = 0
    for limit in range(1, 50):
        count = 0

        def before(_name: str, limit: int = limit) -> None:
            nonlocal count
            count += 1
            if count == limit:
                raise Stop

        monkeypatch.setattr(durable, "before_step", before)
        try:
            tree.go(first, second)
            finished = True
        except Stop:
            finished = False
            stopped += 1
        monkeypatch.setattr(durable, "before_step", lambda _name: None)
        here = observe(tree.root, tree.state, None).listing
        assert {entry for entry in here.values() if entry.kind != "dir"} <= allowed
        assert not list(tree.data.rglob(".gitdata-tmp*")) or not finished
        tree.go(first, second)
        assert observe(tree.root, tree.state, None).listing == second
        tree.go(second, first)
        if finished:
            break
    assert finished and stopped >= 8


def with_folder(tree: Tree) -> tuple[Listing, Listing]:
    """Two versions: nothing, and a folder of files; nothing is there."""
    empty = tree.record()
    (tree.data / "folder").mkdir()
    for number in range(5):
        (tree.data / f"folder/{number}").write_text(f"{number}")
    (tree.data / "folder/2").chmod(0o755)
    (tree.data / "folder/link").symlink_to("2")
    full = tree.record()
    tree.go(full, empty)
    assert list(tree.data.iterdir()) == []
    return empty, full


def test_a_new_directory_gets_its_name_with_all_its_files(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    empty, full = with_folder(tree)
    seen: list[list[str]] = []
    monkeypatch.setattr(durable, "before_step", lambda _name: seen.append(names(tree.data / "folder")))
    tree.go(empty, full)
    monkeypatch.setattr(durable, "before_step", lambda _name: None)
    assert seen and {len(found) for found in seen} <= {0, 5, 6}  # all files together, then the link
    assert observe(tree.root, tree.state, None).listing == full
    mask = os.umask(0)
    os.umask(mask)
    assert (tree.data / "folder/2").stat().st_mode & 0o777 == 0o777 & ~mask
    assert (tree.data / "folder/1").stat().st_mode & 0o777 == 0o666 & ~mask
    assert (tree.data / "folder").stat().st_mode & 0o777 == 0o777 & ~mask


def names(directory: Path) -> list[str]:
    found = os.listdir(directory) if directory.exists() else []
    return sorted(name for name in found if not name.startswith(".gitdata-tmp-"))


def test_a_directory_that_was_there_stays_the_same(tree: Tree) -> None:
    empty, full = with_folder(tree)
    (tree.data / "folder").mkdir()
    (tree.data / "folder").chmod(0o2750)
    before = (tree.data / "folder").stat()
    tree.go(empty, full)
    after = (tree.data / "folder").stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert observe(tree.root, tree.state, None).listing == full


def test_what_comes_into_a_new_directory_meanwhile_stays(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    empty, full = with_folder(tree)

    def before(name: str) -> None:
        if name == "rename" and not (tree.data / "folder/other").exists():
            (tree.data / "folder/other").write_text("of somebody else")

    monkeypatch.setattr(durable, "before_step", before)
    tree.go(empty, full)
    assert names(tree.data / "folder") == ["0", "1", "2", "3", "4", "link", "other"]
    assert (tree.data / "folder/other").read_text() == "of somebody else"
    assert not list(tree.data.rglob(".gitdata-tmp*"))


def test_what_a_killed_run_has_left_is_removed(tree: Tree) -> None:
    empty, full = with_folder(tree)
    half = tree.data / ".gitdata-tmp-0123"
    half.mkdir()
    (half / "0").write_text("0")
    (tree.data / "sub").mkdir()
    (tree.data / "sub/.gitdata-tmp-4567").write_text("half")
    (tree.data / "sub/kept").write_text("of mine")
    assert observe(tree.root, tree.state, None).listing.keys() == {b"sub/kept"}
    tree.go(empty, full)
    assert not list(tree.data.rglob(".gitdata-tmp*"))
    assert (tree.data / "sub/kept").read_text() == "of mine"


def test_no_component_may_be_a_symlink(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    top = tmp_path / "top"
    (top / "real").mkdir(parents=True)
    (top / "real/link").symlink_to(outside)
    for path in (b"real/link", b"real/link/deeper"):
        with pytest.raises(UnsafeName, match="symlink"), places.directory(os.fsencode(top), path, create=True):
            pass
    assert list(outside.iterdir()) == []


def test_writing_replaces_links_instead_of_following_them(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "soft").symlink_to(victim)
    os.link(victim, tmp_path / "hard")
    with places.directory(os.fsencode(tmp_path), b"") as place:
        for name, executable in ((b"soft", False), (b"hard", True)):
            here = entry_at(place.descriptor, name)
            assert here is not None
            place.write(name, [b"new"], Before(here, None, sure=False), executable=executable)
        place.link(b"victim2", b"anywhere", None)
    assert victim.read_text() == "untouched"
    assert (tmp_path / "soft").read_text() == "new" and not (tmp_path / "soft").is_symlink()
    assert os.access(tmp_path / "hard", os.X_OK)
