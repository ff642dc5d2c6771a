"""Whether what differs between two versions stands in the work tree as the first of them says."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from datatree import Tree

from gitdata.formats.tree import Listing
from gitdata.worktree.as_expected import as_expected

BEFORE = (b"a/file", b"a/other", b"link", b"run")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    (tree.data / "a").mkdir()
    for name in ("a/file", "a/other", "run", "same"):
        (tree.data / name).write_text(name)
    (tree.data / "run").chmod(0o755)
    (tree.data / "link").symlink_to("a/file")
    return tree


def version(tree: Tree) -> Listing:
    time.sleep(0.05)  # a file that is too young is not in the stat cache
    listing = tree.record()
    return {path: listing[path] for path in BEFORE}


def seen(tree: Tree, before: Listing) -> bool:
    rows = tree.state.lookup(tree.root.pointer)
    return as_expected(tree.root, before, [b"a/file", b"a/new", b"new/deep"], rows) is not None


def link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def copied(path: Path) -> None:
    other = path.with_name("other")
    shutil.copytree(path, other)
    shutil.rmtree(path)
    other.rename(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: (data / "a/file").write_text("edit"),
        lambda data: (data / "a/file").unlink(),
        lambda data: (data / "a/other").rename(data / "a/file"),
        lambda data: (data / "run").chmod(0o644),
        lambda data: link(data / "link", "a/other"),
        lambda data: link(data / "a/file", "other"),
        lambda data: (data / "a/new").write_text(""),
        lambda data: (data / "a/new").symlink_to("/nowhere"),
        lambda data: (data / "new/deep").mkdir(parents=True),
        lambda data: (data / "new").write_text("no directory"),
        lambda data: (data / "a").rename(data / "b"),
        lambda data: copied(data / "a"),
        lambda data: shutil.rmtree(data),
        lambda data: (data.rename(data.parent / "moved"), data.symlink_to("moved")),
    ],
)  # fmt: skip
def test_whatever_is_otherwise_is_seen(tree: Tree, edit: Callable[[Path], object]) -> None:
    before = version(tree)
    assert seen(tree, before)
    edit(tree.data)
    assert not seen(tree, before)


def test_what_is_elsewhere_is_not_looked_at(tree: Tree) -> None:
    before = version(tree)
    (tree.data / "same").write_text("edit")
    (tree.data / "a/beside").mkdir()
    assert seen(tree, before)


def test_what_nobody_has_recorded_is_not_taken_for_granted(tree: Tree) -> None:
    before = version(tree)
    tree.state.forget(tree.root.pointer)
    assert not seen(tree, before)
    empty = {b"a/empty": before[b"link"]._replace(kind="dir")}
    (tree.data / "a/empty").mkdir()
    assert not seen(tree, empty)
