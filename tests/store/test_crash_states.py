"""The power goes at each step: in all that a file system may then have kept, nothing that was acknowledged is lost.

The steps of real commands are written down (steps.py), and after each of them the states are made that a
crash may leave (crashes.py). A store or a remote in such a state gives the right bytes of every version from before; of
the version that was on its way all or an error; and all of it once the command has ended well.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from blake3 import blake3
from crashes import Disk
from shell import Shell, project
from steps import Steps, steps

from gitdata.backends.directory import DirectoryBackend
from gitdata.errors import GitDataError
from gitdata.formats.tree import Entry, build
from gitdata.ids import BlobId, RootId
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


def recorded(shell: Shell, prepare: list[str], command: str) -> Iterator[Disk]:
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
            repo.run(line)
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


def _states_of(disk, part, look, folder, seen, number) -> int:
    node = disk.folder
    for what, state in disk.states():
        inner = node
        for name in part.split("/"):
            inner = inner.names[name]
        digest = state.digest(inner)
        if digest in seen:
            continue
        seen.add(digest)
        shutil.rmtree(folder, ignore_errors=True)
        state.write(inner, folder)
        look(folder, f"step {number}, {what}")
    return len(seen)


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


def test_a_remote(shell: Shell, tmp_path: Path) -> None:
    (one, old), (two, new) = blobs_of(FIRST), blobs_of(SECOND)
    disks = recorded(shell, ["push", "git commit -qam second"], "git push -q origin main")

    def comes(place: Path, root: RootId, blobs: dict[BlobId, bytes]) -> bool:
        shutil.rmtree(tmp_path / "clone", ignore_errors=True)
        remote = Remote.open(DirectoryBackend(place, fsync=False), create=False, cache=tmp_path / "clone/c", name="o")
        with Store.open(tmp_path / "clone/store", fsync=False) as store:
            download.fetch(Manifests(remote), store, set(blobs), [root])
            here = store.has(blobs)
            assert all(store.read(blob, len(blobs[blob])) == blobs[blob] for blob in here)
            return here == blobs.keys()

    def look(place: Path, where: str, ended: bool) -> None:
        assert comes(place, one, old), where
        try:
            whole = comes(place, two, new)
        except GitDataError:
            whole = False
        assert whole or not ended, f"{where}: what was pushed is lost"

    count = each_state(disks, "bucket", look, tmp_path / "state")
    print(f"{count} states of a remote")


def test_a_new_remote(shell: Shell, tmp_path: Path) -> None:
    two, new = blobs_of(SECOND)
    disks = recorded(shell, ["git commit -qam second"], "git push -q origin main")
    print(sum(1 for _disk in disks))
