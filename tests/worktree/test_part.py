"""A work tree that takes a part of its data: what counts as a version, whatever lies where something is left out."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from datatree import Tree

from gitdata.errors import UsageError
from gitdata.formats.part_patterns import checked
from gitdata.formats.tree import Entry, Listing, build
from gitdata.formats.unfolding import unfold
from gitdata.ids import BlobId
from gitdata.progress import SILENT
from gitdata.values import replace
from gitdata.worktree import glance, intake
from gitdata.worktree.glance import Budget, Looking, unfolded
from gitdata.worktree.left_out import LeftOut
from gitdata.worktree.part import Part

NAMES = ("a", "a.x", "a0", "b", "in")


def is_by_name(path: str) -> bool:
    """Something called `in` with all below it, or anything that ends in `.x`."""
    return any(name == "in" or name.endswith(".x") for name in path.split("/"))


def is_by_path(path: str) -> bool:
    """Two folders, but for one below."""
    return f"{path}/".startswith(("in/", "b/a/")) and not f"{path}/".startswith("in/b/")


PARTS = {(b"in", b"*.x"): is_by_name, (b"data/in", b"/data/b/a", b"!/data/in/b"): is_by_path}
"""Patterns, and what they say."""


def made(rng: random.Random) -> dict[str, bytes | None]:
    """Some files with their content, and directories with nothing in them."""
    found: dict[str, bytes | None] = {}
    for _number in range(rng.randrange(8)):
        path = "/".join(rng.choice(NAMES) for _depth in range(rng.randrange(1, 4)))
        if not any(path.startswith(f"{other}/") or f"{other}/".startswith(f"{path}/") for other in found):
            found[path] = None if rng.random() < 0.25 else rng.choice((b"1", b"2", b"other"))
    return found


def put(there: Path, files: dict[str, bytes | None]) -> None:
    shutil.rmtree(there)
    there.mkdir()
    for path, content in files.items():
        place = there / path
        (place if content is None else place.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            place.write_bytes(content)


def listing(files: dict[str, bytes | None]) -> Listing:
    empty = build({})
    hollow = Entry("dir", len(empty.trees[BlobId(empty.root)]), BlobId(empty.root))
    return {
        os.fsencode(path): hollow if content is None else Entry("file", len(content), BlobId(blake3(content).digest()))
        for path, content in files.items()
    }


def counted(
    version: dict[str, bytes | None], here: dict[str, bytes | None], is_inside: Callable[[str], bool]
) -> dict[str, bytes | None]:
    """What is here, and what of the version is outside while nothing is in its place."""
    found = dict(here)
    for path, content in version.items():
        above = {path[:end] for end, letter in enumerate(path) if letter == "/"}
        below = any(other.startswith(f"{path}/") for other in here)
        hidden = any(content is not None for other, content in here.items() if other in above)
        if path in here or is_inside(path) or hidden or below:
            continue
        found[path] = content
        for other in above & found.keys():
            del found[other]  # an empty directory that is not empty in the version
    return found


@pytest.mark.parametrize("seed", range(70))
@pytest.mark.parametrize("patterns", PARTS)
def test_what_is_left_out_counts_as_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, patterns: tuple[bytes, ...]
) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(intake, "_TOGETHER", rng.choice((1, 2, 1 << 15)))
    tree = Tree(tmp_path)
    version, here = made(rng), made(rng)
    here |= {path: content for path, content in version.items() if path in here or rng.random() < 0.3}
    here = {path: here[path] for path in here if not any(other.startswith(f"{path}/") for other in here)}
    put(tree.data, version)
    before = tree.snapshot()
    assert before.root == build(listing(version)).root
    put(tree.data, here)

    within = Part(tmp_path / "state", patterns).within(tree.root.top, tree.root.pointer, b"data")
    assert within is not None
    tree.root = replace(tree.root, within=within)
    expected = counted(version, here, PARTS[patterns])
    looking = Looking(tree.root, tree.state, Budget(1 << 20), {}, lambda: tree.state.lookup(tree.root.pointer))
    found = glance.glance(
        looking,
        None,
        glance.Version(before.root, lambda: unfolded(unfold(before.root, tree.store.tree, skip=within.is_hidden))),
    )
    was, now = listing(version), listing(expected)
    assert found.edits.keys() == {path for path in was.keys() | now.keys() if was.get(path) != now.get(path)}

    with tree.store.ingest() as ingest:
        entries = unfolded(unfold(before.root, tree.store.tree))
        recording = intake.Intake(tree.root, tree.state, ingest, LeftOut(entries, within.left_out))
        taken = recording.take(None, SILENT)
        recording.close()
    assert taken is not None
    assert taken.listing == listing(expected)
    assert taken.root == build(listing(expected)).root
    sizes = [len(content) for content in expected.values() if content is not None]
    assert (taken.files, taken.size) == (len(sizes), sum(sizes))


@pytest.mark.parametrize("word", [b"", b"/", b"!", b"[", b"a\nb", b"#a", b"../a", b"./a", b"a/../b", b"a\\", b"!a"])
def test_patterns_that_can_name_nothing(word: bytes) -> None:
    with pytest.raises(UsageError):
        checked([word])


def test_of_equal_patterns_the_last_counts() -> None:
    assert checked([b"a", b"!b", b"a", b"c  "]) == (b"!b", b"a", b"c")
