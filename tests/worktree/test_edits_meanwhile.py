"""What somebody edits while the data is brought to another version stays, and is reported."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from datatree import Tree

from gitdata import durable
from gitdata.formats.tree import Listing
from gitdata.store.signature import signature
from gitdata.worktree import places, writing
from gitdata.worktree.before import Before, entry_at, is_still
from gitdata.worktree.snapshot import observe

WORK = b"an hour of work"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def two_versions(tree: Tree) -> tuple[Listing, Listing]:
    """Two versions between which every kind of change lies; the first one is there."""
    data = tree.data
    for name in ("changed", "gone", "below/changed", "below/gone", "becomes-link", "becomes-folder", "was/folder/a"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(f"first {name}")
    (data / "link").symlink_to("first")
    first = tree.record()
    for name in ("changed", "below/changed", "new", "fresh/a", "fresh/b"):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(f"second {name}")
    for name in ("gone", "below/gone", "becomes-link", "becomes-folder", "was/folder/a", "link"):
        (data / name).unlink()
    (data / "was/folder").rmdir()
    (data / "was").rmdir()
    (data / "was").write_text("a file now")
    (data / "becomes-link").symlink_to("second")
    (data / "becomes-folder").mkdir()
    (data / "becomes-folder/inside").write_text("second")
    (data / "link").symlink_to("second")
    second = tree.record()
    tree.go(second, first)
    assert observe(tree.root, tree.state, None).listing == first
    return first, second


def in_place(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(WORK)
        file.truncate()


def renamed(path: Path) -> None:
    other = path.parent.parent / "editor"
    other.write_bytes(WORK)
    if path.is_dir():
        path = path / "added"
    os.replace(other, path)


def at_step(number: int, edit: Callable[[], None]) -> Callable[[str], None]:
    """A `before_step` that edits before the `number`th step."""
    count = 0

    def before(_name: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            edit()

    return before


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("changed", in_place),
        ("changed", renamed),
        ("gone", in_place),
        ("gone", renamed),
        ("below/changed", renamed),
        ("below/gone", in_place),
        ("new", renamed),
        ("fresh", renamed),
        ("link", renamed),
        ("becomes-link", in_place),
        ("becomes-folder", in_place),
        ("was/folder/a", in_place),
    ],
)
def test_an_edit_before_any_step_stays(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, name: str, how: Callable[[Path], None]
) -> None:
    first, second = two_versions(tree)
    # Two would check and rename at the same time; what comes in between those, one system call apart, nobody can see.
    monkeypatch.setattr(writing, "THREADS", 1)
    path = tree.data / name
    stopped_at = reported = number = 0
    while stopped_at == number:
        number += 1
        edited_it = False

        def edit(number: int = number) -> None:
            nonlocal stopped_at, edited_it
            stopped_at = number
            with contextlib.suppress(OSError):  # it is another kind of thing by now
                how(path)
                edited_it = True

        monkeypatch.setattr(durable, "before_step", at_step(number, edit))
        kept = tree.go(first, second)
        monkeypatch.setattr(durable, "before_step", lambda _name: None)
        after = observe(tree.root, tree.state, None).listing
        if edited_it:
            where = path / "added" if path.is_dir() else path.resolve()
            assert where.read_bytes() == WORK
            reported += any(found.startswith(os.fsencode(name)) for found in kept)
        assert all(after.get(found) == second[found] for found in second.keys() - set(kept) - {os.fsencode(name)})
        shutil.rmtree(tree.data)
        tree.data.mkdir()
        tree.go({}, first)
    assert reported and number > 10


def test_a_file_that_was_only_touched_is_replaced(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_versions(tree)
    monkeypatch.setattr(durable, "before_step", at_step(1, (tree.data / "changed").touch))
    assert tree.go(first, second) == []
    assert (tree.data / "changed").read_text() == "second changed"


def test_an_edit_into_the_very_version_is_none(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_versions(tree)
    edit = (tree.data / "changed").write_text
    monkeypatch.setattr(durable, "before_step", at_step(1, lambda: edit("second changed") and None))
    assert tree.go(first, second) == []
    assert observe(tree.root, tree.state, None).listing == second


def test_a_deletion_meanwhile_is_an_edit_too(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_versions(tree)
    monkeypatch.setattr(durable, "before_step", at_step(1, (tree.data / "changed").unlink))
    assert tree.go(first, second) == [b"changed"]
    assert not (tree.data / "changed").exists()


def test_where_times_cannot_tell_the_content_does(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one")
    with places.directory(os.fsencode(tmp_path), b"") as place:
        entry = entry_at(place.descriptor, b"f")
        assert entry is not None
        file.write_text("two")
        same_tick = Before(entry, signature(file.stat()), sure=False)
        assert not is_still(place.descriptor, b"f", same_tick)
        file.write_text("one")
        assert is_still(place.descriptor, b"f", same_tick)
        file.chmod(0o755)
        assert not is_still(place.descriptor, b"f", same_tick)
        file.unlink()
        assert not is_still(place.descriptor, b"f", same_tick)
        assert is_still(place.descriptor, b"f", None)


def test_without_hard_links_nothing_is_replaced_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_arguments: object, **_named: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", no_link)
    (tmp_path / "taken").write_text("of somebody")
    with places.directory(os.fsencode(tmp_path), b"") as place:
        place.write(b"free", [b"ours"], None, executable=False)
        with pytest.raises(places.Edited):
            place.write(b"taken", [b"ours"], None, executable=False)
    assert sorted(os.listdir(tmp_path)) == ["free", "home", "taken"]
    assert (tmp_path / "taken").read_text() == "of somebody"
