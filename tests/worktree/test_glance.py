"""Looks at a data root by stat data: what they find, what they read, and what they leave alone."""

import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from datatree import Tree
from edited import EDITS, born, contents, files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitdata.formats.tree import Listing, build
from gitdata.store.sources import WorkFile
from gitdata.worktree.edits import Edit, Edits, load, save
from gitdata.worktree.glance import Budget, Glance, Looking, Version, glance, in_order
from gitdata.worktree.glance_at import glance_at
from gitdata.worktree.snapshot import observe
from gitdata.worktree.statcache import Lookup
from gitdata.worktree.touched_since_look import touched
from gitdata.worktree.trees import OutOfStep, Trees

PLENTY = 1 << 30


@dataclass
class Looker:
    """Looks at the data of a tree, one after the other, as live status does."""

    tree: Tree
    base: Listing = field(default_factory=dict)
    known: Mapping[bytes, Edit] = field(default_factory=dict)

    def record(self) -> None:
        started = self.tree.state.now_ns()
        self.base = self.tree.record()
        with self.tree.store.ingest() as ingest:
            for tree in build(self.base).trees.values():
                ingest.add(tree)
        self.known = {}
        self.tree.state.set_looked([b"data"], started)

    def rows(self) -> Lookup:
        return self.tree.state.lookup(self.tree.root.pointer)

    def everything(self, budget: int = PLENTY, *, known: bool = True) -> Glance:
        looking = Looking(self.tree.root, self.tree.state, Budget(budget), self.known if known else {}, self.rows)
        return glance(looking, None, Version(None, partial(in_order, self.base)))

    def where_touched(self) -> Glance:
        stamp = self.tree.state.looked(b"data")
        assert stamp is not None
        started = self.tree.state.now_ns()
        found = touched(self.tree.root.full, stamp)
        assert found is not None
        looking = Looking(self.tree.root, self.tree.state, Budget(PLENTY), self.known, self.rows)
        done = glance_at(looking, found, Trees(build(self.base).root, self.tree.store))
        self.known = done.edits
        self.tree.state.set_looked([b"data"], started)
        return done


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    tree = Tree(tmp_path)
    born(tree.data)
    time.sleep(0.03)
    looker = Looker(tree)
    looker.record()
    time.sleep(0.03)
    return looker


def kinds(before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]) -> dict[bytes, str]:
    """What was done to files and links, without the product's help."""
    found = {}
    for path in before.keys() | after.keys():
        was, now = (side.get(path) if side.get(path) != b"dir " else None for side in (before, after))
        if was != now:
            found[path] = "added" if was is None else "deleted" if now is None else "modified"
    return found


def of_files(found: Glance, before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]) -> dict[bytes, str]:
    """The edits that concern files and links; one that takes the place of an empty directory counts as new."""
    told = {}
    for path, edit in found.edits.items():
        was, now = (side.get(path) if side.get(path) != b"dir " else None for side in (before, after))
        if was is not None or now is not None:
            told[path] = "added" if was is None else "deleted" if now is None else edit.what
    return told


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    rounds=st.lists(st.lists(st.sampled_from(range(len(EDITS))), min_size=1, max_size=4), min_size=1, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_what_differs_is_found(tmp_path_factory: pytest.TempPathFactory, rounds: list[list[int]], seed: int) -> None:
    tree = Tree(tmp_path_factory.mktemp("glance"))
    rng = random.Random(seed)
    born(tree.data)
    for number in range(3):
        born(tree.data.parent / f"elsewhere{number}")
    time.sleep(0.03)
    looker = Looker(tree)
    looker.record()
    before, packs = contents(tree.data), tree.store.packs()
    for edits in rounds:
        time.sleep(0.03)
        for edit in edits:
            EDITS[edit](tree.data, rng)
        now = contents(tree.data)
        everything = looker.everything(known=False)
        assert of_files(everything, before, now) == kinds(before, now)
        try:
            part = looker.where_touched()
        except OutOfStep:
            looker.known = everything.edits
            continue
        assert of_files(part, before, now) == kinds(before, now)
    assert tree.store.packs() == packs, "nothing is stored"


def test_new_deleted_and_resized_files_are_not_read(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    data = looker.tree.data
    (data / "new").write_bytes(b"x" * 5000)
    (data / "top").write_text("longer than before")
    (data / "a/f1").unlink()
    read = watched(monkeypatch)
    found = looker.everything(budget=PLENTY)
    assert {path: edit.what for path, edit in found.edits.items()} == {
        b"new": "added",
        b"top": "modified",
        b"a/f1": "deleted",
    }
    assert read == []


def test_a_file_of_the_same_size_is_read_once(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    data = looker.tree.data
    (data / "top").write_text("TOP")
    os.utime(data / "a/f1")
    read = watched(monkeypatch)
    found = looker.everything()
    assert list(found.edits) == [b"top"] and sorted(read) == [b"a/f1", b"top"]
    assert list(found.rows) in ([b"a/f1"], [])  # or it was too new to be remembered
    looker.known = found.edits
    time.sleep(0.03)
    looker.tree.state.add_rows(looker.tree.root.pointer, looker.everything().rows)
    read.clear()
    assert list(looker.everything().edits) == [b"top"] and read == []


def test_beyond_the_budget_it_counts_as_modified(looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in files(looker.tree.data):
        os.utime(path)
    read = watched(monkeypatch)
    found = looker.everything(budget=10)
    size = sum(path.stat().st_size for path in files(looker.tree.data))
    assert 0 < len(read) < len(found.edits) and size > 10
    assert {edit.what for edit in found.edits.values()} == {"modified"}
    assert not looker.everything().edits


def watched(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The names of the files that are opened to be read."""
    read: list[bytes] = []
    real = WorkFile.open

    def opened(source: WorkFile) -> int:
        read.append(source.name)
        return real(source)

    monkeypatch.setattr(WorkFile, "open", opened)
    return read


def test_an_edit_that_comes_right_after_looks_different(looker: Looker) -> None:
    file = looker.tree.data / "top"
    for number in range(10):
        file.write_text(f"{number}")
        seen = looker.everything().edits[b"top"].seen
        file.write_text(f"{number + 1}")
        assert looker.everything().edits[b"top"].seen != seen is not None


def test_what_still_is_as_it_was_shown(looker: Looker) -> None:
    data = looker.tree.data
    (data / "new").write_text("new")
    (data / "top").write_text("edited")
    (data / "a/f1").unlink()
    (data / "a/f2").unlink()
    (data / "d/link").symlink_to("f1")
    shown = Edits(b"", looker.everything().edits)
    time.sleep(0.03)
    (data / "top").write_text("again!")
    (data / "a/f2").write_text("back")
    now = observe(looker.tree.root, looker.tree.state, None)
    same = shown.still(now.scan, now.listing)
    assert same == {b"new": now.listing[b"new"], b"a/f1": None, b"d/link": now.listing[b"d/link"]}


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    file = tmp_path / "edits"
    edits = Edits(b"told", {b"a": Edit("added", "file", 3, None)}, recorded=True)
    assert load(file) is None
    save(file, edits)
    assert load(file) == edits
    whole = file.read_bytes()
    for damaged in (b"", whole[:40], whole[:-1], whole + b"x", bytes([whole[0] ^ 1]) + whole[1:]):
        file.write_bytes(damaged)
        assert load(file) is None
