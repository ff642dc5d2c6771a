"""A look at what was touched comes to the same version as a look at everything."""

import io
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from datatree import Tree
from edited import EDITS, born, contents, files, swap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitdata.formats.tree import flatten
from gitdata.ids import BlobId, RootId
from gitdata.worktree.snapshot import Keep, observe
from gitdata.worktree.state import State
from gitdata.worktree.touched_since_look import Report, reported, touched
from gitdata.worktree.trees import OutOfStep
from gitdata.worktree.update import Version, update


def stored(tree: Tree, root: RootId) -> dict[bytes, bytes]:
    """The same of a version in the store, read back."""
    found = {}
    for path, entry in flatten(root, lambda blob: tree.store.read(blob, 1 << 20)).items():
        content = tree.store.read(entry.id, 1 << 30)
        if entry.kind in ("file", "exec"):
            assert len(content) == entry.size
        value = {"dir": b"", "link": content}.get(entry.kind, blake3(content).digest())
        found[path] = entry.kind.encode() + b" " + value
    return found


def look(tree: Tree) -> Version:
    """A look at everything, stored, and the stamp that it leaves."""
    started = tree.state.now_ns()
    seen = tree.snapshot()
    tree.state.set_looked([b"data"], started)
    return Version(seen.root, seen.files, seen.size)


def look_where_touched(tree: Tree, version: Version) -> Version:
    stamp = tree.state.looked(b"data")
    assert stamp is not None
    found = touched(tree.root.full, stamp)
    assert found is not None
    started = tree.state.now_ns()
    with tree.store.ingest() as ingest:
        keep = Keep(ingest)
        now = update(tree.root, version, found, tree.state, tree.store, keep)
    tree.state.add_rows(tree.root.pointer, keep.rows)
    tree.state.set_looked([b"data"], started)
    return now


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A work tree whose files are all older than the look that is to come."""
    tree = Tree(tmp_path)
    born(tree.data)
    time.sleep(0.03)
    return tree


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    rounds=st.lists(st.lists(st.sampled_from(range(len(EDITS))), min_size=1, max_size=4), min_size=1, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_the_version_is_that_of_a_look_at_everything(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[int]], seed: int
) -> None:
    tree = Tree(tmp_path_factory.mktemp("update"))
    rng = random.Random(seed)
    born(tree.data)
    for number in range(3):
        born(tree.data.parent / f"elsewhere{number}")
    time.sleep(0.03)  # what was there before is older than the look
    version = look(tree)
    for edits in rounds:
        time.sleep(0.03)
        for edit in edits:
            EDITS[edit](tree.data, rng)
        try:
            version = look_where_touched(tree, version)
        except OutOfStep:
            version = look(tree)
        everything = observe(tree.root, State(tree.state.directory.parent / "fresh"), None)
        entries = [entry for entry in everything.listing.values() if entry.kind != "dir"]
        assert version == Version(everything.root(), len(entries), sum(entry.size for entry in entries))
        assert stored(tree, version.root) == contents(tree.data)
    assert tree.record() == everything.listing, "the stat cache does not lie after that"
    assert tree.store.fsck() == []


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda data: (data / "a/b/f1").write_text("x"), [b"a/b/f1"]),
        (lambda data: (data / "d/f1").chmod(0o755), [b"d/f1"]),
        (lambda data: (data / "d/new").write_text("x"), [b"d", b"d/new"]),
        (lambda data: (data / "d/f1").unlink(), [b"d"]),
        (lambda data: (data / "new").write_text("x"), [b"", b"new"]),
        (lambda data: (data / "a/line\nbreak").mkdir(), [b"a", b"a/line\nbreak"]),
        (lambda data: None, []),
    ],
)
def test_what_was_touched(tree: Tree, edit: Callable[[Path], object], expected: list[bytes]) -> None:
    look(tree)
    time.sleep(0.03)
    edit(tree.data)
    stamp = tree.state.looked(b"data")
    assert stamp is not None
    assert sorted(touched(tree.root.full, stamp) or []) == expected


def test_only_what_was_touched_is_read(tree: Tree) -> None:
    version = look(tree)
    time.sleep(0.03)
    (tree.data / "a/b/f1").write_text("changed")
    for path in files(tree.data):
        if path.name != "f1":
            path.write_bytes(path.read_bytes()[::-1])  # nobody may look at these
    with tree.store.ingest() as ingest:
        keep = Keep(ingest)
        now = update(tree.root, version, [b"a/b/f1"], tree.state, tree.store, keep)
    assert list(keep.rows) in ([b"a/b/f1"], [])
    assert now.size == version.size + len("changed") - len("a/b 1")
    found = flatten(now.root, lambda blob: tree.store.read(blob, 1 << 20))
    assert found[b"a/b/f1"].id == BlobId(blake3(b"changed").digest())
    assert found[b"d/f0"].id == BlobId(blake3(b"d 0").digest())


def test_when_not_everything_is_known_nobody_asks_what_was_touched(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    born(tree.data)
    assert tree.state.looked(b"data") is None
    look(tree)
    assert tree.state.looked(b"data") is not None
    assert tree.state.looked(b"dat") is None
    stamp = tree.state.directory / "looked"
    os.utime(stamp, ns=(time.time_ns() + 10**12,) * 2)
    assert tree.state.looked(b"data") is None, "the clock was set back since"
    tree.state.unset_looked()
    assert tree.state.looked(b"data") is None


def test_find_that_is_missing_or_complains_or_has_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = tmp_path / "stamp"
    stamp.touch()
    os.utime(stamp, (1, 1))
    assert touched(os.fsencode(tmp_path / "missing"), stamp) is None
    assert touched(os.fsencode(tmp_path), tmp_path / "no stamp") is None
    (tmp_path / "many").mkdir()
    for number in range(20_001):
        (tmp_path / "many" / str(number)).touch()
    assert touched(os.fsencode(tmp_path / "many"), stamp) is None
    for number in range(2001):
        (tmp_path / "folders" / str(number)).mkdir(parents=True)
    assert touched(os.fsencode(tmp_path / "folders"), stamp) is None
    (tmp_path / "few").mkdir()
    (tmp_path / "few/file").touch()
    assert touched(os.fsencode(tmp_path / "few"), stamp) == [b"", b"file"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert touched(os.fsencode(tmp_path), stamp) is None


def test_a_directory_that_took_anothers_place_is_noticed_where_moving_leaves_no_trace_on_it(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    born(tree.data)
    (tree.data / "e/f/f0").write_text("of another size")
    time.sleep(0.03)
    version = look(tree)
    time.sleep(0.03)
    swap(tree.data, random.Random(0))
    with tree.store.ingest() as ingest:
        now = update(tree.root, version, [b"a", b"e"], tree.state, tree.store, Keep(ingest))
    assert stored(tree, now.root) == contents(tree.data)
    assert contents(tree.data)[b"a/b/f0"] == b"file " + blake3(b"of another size").digest()


def test_a_new_file_at_the_top_lets_nobody_look_below(tree: Tree) -> None:
    version = look(tree)
    time.sleep(0.03)
    (tree.data / "new").write_text("new")
    (tree.data / "top").unlink()
    (tree.data / "d/f3").write_text("nobody looks at this")
    with tree.store.ingest() as ingest:
        now = update(tree.root, version, [b"", b"new"], tree.state, tree.store, Keep(ingest))
    found = flatten(now.root, lambda blob: tree.store.read(blob, 1 << 20))
    assert b"new" in found and b"top" not in found
    assert found[b"d/f3"].id == BlobId(blake3(b"d 3").digest())
    assert (now.files, now.size) == (version.files, version.size)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (b".//./data\n.//./data/a b\n.git/began\n", [b"", b"a b"]),
        (b".//./data/a\n.//./other/b\n.//./data.d/c\n.git/began\n", [b"a"]),
        (b".//./data/a\n", None),
        (b".//./data/a\n.git/began", None),
        (b".//./data/a\n.git/bega", None),
        (b"", None),
        (b"\n", None),
        (b"find: no such thing\n.git/began\n", None),
        (b".//./data/a\nfind: no such thing\n.git/began\n", None),
        (b".//./data/a\n.git/began\nfind: no such thing\n", None),
        (b".//./data/a\nb\n.git/began\n", None),
        (b".//./data/a\n\n.git/began\n", None),
        (b".//./data/a\n" * 20_000 + b".git/began\n", None),
        (b".//./data/" + b"a" * (4 << 20) + b"\n.git/began\n", None),
    ],
)
def test_a_report_is_read_or_refused(text: bytes, paths: list[bytes] | None) -> None:
    report = Report.read(text, b".git/began", 7)
    assert (report and report.below(b"data")) == paths
    assert report is None or report.began_ns == 7


@pytest.mark.parametrize("line", [b"a\n", b"a" * 4000 + b"\n"])
def test_of_an_endless_report_little_is_read(line: bytes) -> None:
    with subprocess.Popen(["yes", line[:-1].decode()], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        text = reported(endless.stdout)
        endless.stdout.close()
    assert endless.returncode == -signal.SIGPIPE
    assert text.startswith(line * 100) and len(text) <= (4 << 20) + (64 << 10)
    assert reported(io.BytesIO(b"one\ntwo\n")) == b"one\ntwo\n"
    assert reported(io.BytesIO()) == b""


def test_the_moment_of_a_report_is_known_while_nobody_else_has_begun(tree: Tree) -> None:
    look(tree)
    began = tree.state.directory / "command"
    assert tree.state.began_ns("1.2") is None
    began.write_text("1.2 looking\n")
    assert tree.state.began_ns("1.2") == began.stat().st_mtime_ns
    began.write_text("1.3 looking\n")
    assert tree.state.began_ns("1.2") is None
