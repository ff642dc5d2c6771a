"""The power goes at each step: in all that a file system may then have kept, nothing that was acknowledged is lost.

The steps of real commands are written down (steps.py), and after each of them the states are made that a
crash may leave (crashes.py). A store or a remote in such a state gives the right bytes of every version from before; of
the version that was on its way all or an error; and all of it once the command has ended well.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from crashes import Disk, Folder, Node
from shell import Shell, project
from steps import Steps, steps

from gitdata import workspace
from gitdata.backends.directory import DirectoryBackend
from gitdata.errors import GitDataError
from gitdata.formats.tree import Entry, build
from gitdata.ids import BlobId, RootId
from gitdata.ops.following.materialise import materialise
from gitdata.ops.looking.look import look
from gitdata.remote import download
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import Remote
from gitdata.store.store import Store

FIRST = {"a": b"one\n", "same": b"of both\n", "large": random.Random(3).randbytes(300_000)}
SECOND = {**FIRST, "a": b"two\n", "d/new": b"new\n", "large": FIRST["large"][:200_000] + b"end"}


def blobs_of(files: dict[str, bytes]) -> tuple[RootId, dict[BlobId, bytes]]:
    listing = {path.encode(): Entry("file", len(c), BlobId(blake3(c).digest())) for path, c in files.items()}
    forest = build(listing)
    return forest.root, {BlobId(blake3(content).digest()): content for content in files.values()} | dict(forest.trees)


def recorded(shell: Shell, prepare: list[str], command: str, **settings: str) -> Iterator[Disk]:
    """A disk after each step of a command; before the first one, too."""
    repo = project(shell)
    for name, content in FIRST.items():
        repo.write(f"data/{name}", content)
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("tag v1")
    if "push" in prepare:
        repo.git("push -q origin main")
    for name, content in SECOND.items():
        repo.write(f"data/{name}", content)
    for line in prepare:
        if line != "push":
            repo.run(line, **(settings if line.endswith("v1") else {}))
    log = shell.cwd.parent / "log"
    log.write_bytes(b"")
    disk = Disk(shell.cwd)
    counted = Steps.prepare(shell.cwd.parent, shell.cwd)
    counted.shell(repo, log=str(log)).run(command)
    yield disk
    for step in steps(log):
        if disk.do(step) and step.what != "write":
            yield disk


def each_state(disks: Iterator[Disk], part: str, look: Callable[[Path, str, bool], None], folder: Path) -> int:
    """Look at every state, each once; the last disk is that of a command that ended well."""
    seen: set[str] = set()
    number, before = 0, None
    for disk in disks:
        before = disk
        _states_of(disk, part, lambda place, where: look(place, where, False), folder, seen, number)
        number += 1
    assert before is not None and number > 3
    seen_at_end: set[str] = set()
    _states_of(before, part, lambda place, where: look(place, where, True), folder, seen_at_end, number)
    return len(seen) + len(seen_at_end)


def _states_of(
    disk: Disk, part: str, look: Callable[[Path, str], None], folder: Path, seen: set[str], number: int
) -> None:
    node = disk.folder
    for what, state in disk.states():
        inner: Node | None = node
        for name in part.split("/"):
            inner = dict(state.names(inner)).get(name) if isinstance(inner, Folder) else None
        digest = state.digest(inner) if isinstance(inner, Folder) else "nothing"
        if digest in seen:
            continue
        seen.add(digest)
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(inner, Folder):
            state.write(inner, folder)
        look(folder, f"step {number}, {what}")


def test_a_store(shell: Shell, tmp_path: Path) -> None:
    (_one, old), (_two, new) = blobs_of(FIRST), blobs_of(SECOND)
    disks = recorded(shell, [], "git commit -qam second")

    def look(place: Path, where: str, ended: bool) -> None:
        with Store.open(place, fsync=False) as store:
            for blob, content in old.items():
                if content.startswith(b"gitdata tree"):
                    continue  # of a listing; made when it is needed
                assert store.read(blob, len(content)) == content, where
            for blob, content in new.items():
                if content.startswith(b"gitdata tree"):
                    continue
                try:
                    assert store.read(blob, len(content)) == content, where
                except GitDataError:
                    assert not ended, f"{where}: what a commit names is lost"
            problems = store.fsck()
            assert not ended or not problems, where

    count = each_state(disks, "project/.git/gitdata", look, tmp_path / "state")
    print(f"{count} states of a store")


def comes(bucket: Path, folder: Path, root: RootId, blobs: dict[BlobId, bytes]) -> bool:
    """Whether a new clone gets all of a version; what it gets is right."""
    shutil.rmtree(folder, ignore_errors=True)
    backend = DirectoryBackend(bucket, fsync=False)
    remote = Remote.open(backend, create=False, cache=folder / "cache", name="origin")
    with Store.open(folder / "store", fsync=False) as store:
        download.fetch(Manifests(remote), store, set(blobs), [root])
        here = store.has(blobs)
        assert all(store.read(blob, len(blobs[blob])) == blobs[blob] for blob in here)
        return here == blobs.keys()


def test_a_remote(shell: Shell, tmp_path: Path) -> None:
    (one, old), (two, new) = blobs_of(FIRST), blobs_of(SECOND)
    disks = recorded(shell, ["push", "git commit -qam second"], "git push -q origin main")

    def look(place: Path, where: str, ended: bool) -> None:
        assert comes(place, tmp_path / "clone", one, old), where
        try:
            whole = comes(place, tmp_path / "clone", two, new)
        except GitDataError:
            whole = False
        assert whole or not ended, f"{where}: what was pushed is lost"

    count = each_state(disks, "bucket", look, tmp_path / "state")
    print(f"{count} states of a remote")


def test_a_new_remote(shell: Shell, tmp_path: Path) -> None:
    """The first push makes the remote itself."""
    root, blobs = blobs_of(SECOND)
    disks = recorded(shell, ["git commit -qam second"], "git push -q origin main")

    def look(place: Path, where: str, ended: bool) -> None:
        try:
            whole = comes(place, tmp_path / "clone", root, blobs)
        except GitDataError:
            whole = False
        assert whole or not ended, f"{where}: what was pushed is lost"

    print(f"{each_state(disks, 'bucket', look, tmp_path / 'state')} states of a new remote")


def work_tree(shell: Shell, tmp_path: Path, every: int) -> None:
    """Data follows its pointer: after a crash it is brought to what the pointer says, or shown not to be so."""
    lines = ["git commit -qam second", "git -c filter.gitdata.process= checkout -q v1"]
    disks = recorded(shell, lines, "git data checkout", GIT_DATA_SKIP="1")
    wanted, count = {f"data/{name}": content for name, content in FIRST.items()}, 0

    def here(place: Path) -> dict[str, bytes]:
        files = [path for path in (place / "data").rglob("*") if path.is_file()]
        return {str(path.relative_to(place)): path.read_bytes() for path in files if "tmp-" not in path.name}

    def look_at(place: Path, where: str, ended: bool) -> None:
        nonlocal count
        count += 1
        if count % every:
            return
        at = workspace.here(place)
        done = materialise(at, [b"data.gitdata"])
        found = here(place)
        if done.error is not None or found != wanted:
            shown = look(at)
            assert done.error or shown.changed or shown.pending, f"{where}: {found.keys()} is shown as {wanted.keys()}"
            assert materialise(at, [b"data.gitdata"], force=True).error is None, where
            assert here(place) == wanted, where

    each_state(disks, "project", look_at, tmp_path / "state")
    print(f"{count // every} states of a work tree")


def test_a_work_tree(shell: Shell, tmp_path: Path) -> None:
    work_tree(shell, tmp_path, 9)


@pytest.mark.long
def test_more_of_a_work_tree(shell: Shell, tmp_path: Path) -> None:
    work_tree(shell, tmp_path, 1)
