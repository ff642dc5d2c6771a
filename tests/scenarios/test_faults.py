"""Faults of the machine in the midst of each command: one clear line, nothing lost, and all goes on when they are over.

Full disks are small file systems that root mounts, disks that fail and processes that may open nothing more are made by
`tests/steps.c`. In a usual run a few faults meet a few commands, with `-m long` more, with `GIT_DATA_FAULTS=all` all.
"""

import contextlib
import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from jobs import JOBS, Prepared, content, copy, edit
from shell import Result, Shell
from steps import Steps

pytestmark = pytest.mark.any_git

NAMED = {job.name: job for job in JOBS}
KIB = 1024
ALL = os.environ.get("GIT_DATA_FAULTS") == "all"


def clear(done: Result) -> None:
    """What was printed is for people: what happened, to what, and what to do."""
    assert "fault of git-data itself" not in done.said and "Errno" not in done.said, done.said
    assert done.code != 70, done.said
    ours = [line for line in done.err.splitlines() if line.startswith("git-data:")]
    assert not done.code or any(re.search(r"\(.+\)$|; run `|`git data", line) for line in ours), done.said
    for line in ours:
        assert not re.search(r": (a file: )?(input/output error|too many open files|read-only|no space)", line) or (
            "/" in line or "data" in line.removeprefix("git-data:") or "`ulimit -n" in line
        ), line


FAULTS = [
    f"sync:packs/:{errno.EIO}",
    f"sync:gitdata/tmp:{errno.EIO}",
    f"sync:bucket:{errno.EIO}",
    f"write:gitdata/tmp:{errno.EIO}",
    f"write:catalog:{errno.EIO}",
    f"write:gitdata/pending:{errno.ENOSPC}",
    f"write:gitdata/:{errno.ENOSPC}",
    f"write:bucket:{errno.ENOSPC}",
    f"write:project/data/:{errno.ENOSPC}",
    f"write:project/data/:{errno.EDQUOT}",
    f"rename:gitdata/:{errno.EIO}",
    f"rename:bucket/:{errno.EIO}",
    f"read:.pack:{errno.EIO}",
    f"read:bucket:{errno.EIO}",
    f"read:project/data/:{errno.EIO}",
    f"open:packs/:{errno.EMFILE}",
    f"open:bucket:{errno.EMFILE}",
    f"open:gitdata/:{errno.EROFS}",
    f"mkdir:gitdata/:{errno.ENOSPC}",
    "short::1",
]


def disturbed(prepared: Prepared, steps: Steps, fault: str) -> None:
    prepared.begin()
    done = steps.shell(prepared.where, fail=fault).run(prepared.job.command, code=None)
    clear(done)
    prepared.go_on(f"after {fault}", *advised(done))


def advised(done: Result) -> list[str]:
    """What a person was told to do."""
    return [line for line in ("git data fsck --repair", "git data checkout") if f"`{line}`" in done.err]


@pytest.mark.parametrize("name", ["commit", "push", "checkout", "fetch"])
def test_some_faults(top: Shell, name: str) -> None:
    steps = Steps.prepare(top.cwd.parent, top.cwd)
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    for fault in FAULTS[len(name) % 4 :: 7]:
        disturbed(prepared, steps, fault)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMED if ALL else ["commit", "push", "checkout", "fetch"])
def test_all_faults(top: Shell, name: str) -> None:
    steps = Steps.prepare(top.cwd.parent, top.cwd)
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    told = []
    for fault in FAULTS if ALL else FAULTS[len(name) % 2 :: 2]:
        try:
            disturbed(prepared, steps, fault)
        except AssertionError as error:
            told.append(f"{fault}: {error}")
    print(f"{name}: {len(FAULTS)} faults, {len(told)} failures")
    assert not told, "\n\n".join(told)


@contextlib.contextmanager
def small_disk(place: Path, left: int) -> Iterator[Path]:
    """A file system of its own at `place`, with what is there, and `left` bytes free; gives the file that fills it."""
    aside = place.with_name(f"{place.name}-aside")
    copy(place, aside)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("needs to mount a file system")
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", str(place)], check=True)
        ballast = place / ".gitdata-tmp-ballast"
        status = os.statvfs(place)
        ballast.write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - left)))
        shutil.rmtree(aside)
        yield ballast
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def read_only(place: Path) -> Iterator[None]:
    if subprocess.run(["mount", "--bind", str(place), str(place)], capture_output=True).returncode:
        pytest.skip("needs to mount a file system")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


DISKS = [
    ("commit", "project/.git/gitdata"),
    ("push", "bucket"),
    ("checkout", "project/data"),
    ("fetch", "clone/.git/gitdata"),
    ("checkout", "project/.git/gitdata"),
    ("push", "project/.git/gitdata"),
    ("undo", "project/data"),
]


def full(top: Shell, name: str, place: str, sizes: Sequence[int]) -> None:
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    for left in sizes:
        prepared.begin()
        with small_disk(top.cwd / place, left) as ballast:
            done = prepared.where.run(prepared.job.command, code=None)
            clear(done)
            ballast.unlink()
            prepared.go_on(f"after {place} was full but for {left} bytes", *advised(done))


@pytest.mark.parametrize(("name", "place"), DISKS[:3])
def test_a_full_disk(top: Shell, name: str, place: str) -> None:
    full(top, name, place, [0])


@pytest.mark.long
@pytest.mark.parametrize(("name", "place"), DISKS)
def test_disks_that_are_nearly_full(top: Shell, name: str, place: str) -> None:
    full(top, name, place, [4 * KIB, 100 * KIB])


@pytest.mark.long
def test_a_stash_that_finds_no_room_takes_nothing_away(top: Shell) -> None:
    repo = top.cd("project")
    edit(repo)
    edited = content(repo.cwd / "data")
    with small_disk(repo.cwd / ".git/gitdata", 100 * KIB) as ballast:
        assert "no space left" in repo.run("git stash -q", code=None).err
        assert content(repo.cwd / "data") == edited
        ballast.unlink()
        repo.git("stash pop")
        assert content(repo.cwd / "data") == edited
        repo.git("commit -qam rest")
        repo.git("data fsck")


@pytest.mark.parametrize(("name", "place"), [("commit", "project/.git/gitdata"), ("push", "bucket")])
def test_a_disk_that_can_only_be_read(top: Shell, name: str, place: str) -> None:
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    prepared.begin()
    with read_only(top.cwd / place):
        done = prepared.where.run(prepared.job.command, code=None)
        clear(done)
        assert done.code
    prepared.go_on(f"after {place} could only be read", *advised(done))


@pytest.mark.long
@pytest.mark.parametrize("name", ["commit", "push", "checkout", "fetch"])
def test_few_open_files(top: Shell, name: str) -> None:
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    for most in (12, 16, 20, 28):
        prepared.begin()
        done = prepared.where.run(f"prlimit --nofile={most} {prepared.job.command}", code=None)
        clear(done)
        prepared.go_on(f"after no more than {most} files could be open", *advised(done))
