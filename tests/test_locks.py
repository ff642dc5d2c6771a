"""Locks: the system's, and files in their place where the file system knows none."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gitdata import durable, locking
from gitdata.errors import Locked

HOLD = """
import errno, fcntl, sys, time
from pathlib import Path
from gitdata import durable
if sys.argv[1] == "files":
    def refuse(*_): raise OSError(errno.ENOLCK, "no locks available")
    fcntl.flock = refuse
with durable.lock(Path(sys.argv[2]), shared="shared" in sys.argv):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


@pytest.fixture(params=["flock", "files"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "files":
        refuse(monkeypatch)
    return str(request.param)


def refuse(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOLCK) -> None:
    def flock(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


def holder(kind: str, path: Path, seconds: float, *more: str) -> "subprocess.Popen[bytes]":
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, kind, str(path), str(seconds), *more], stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    return process


def left(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if file.name.startswith(f"{path.name}."))


def test_one_at_a_time(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "work.lock"
    with holder(kind, path, 0.5) as process:
        with pytest.raises(Locked, match="work.lock is held by"), durable.lock(path, wait=False):
            pass
        with pytest.raises(Locked), durable.lock(path, wait=False, shared=True):
            pass
        with durable.lock(path):
            assert process.wait(5) == 0
    assert left(path) == []


def test_several_readers_and_one_who_is_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "work.lock"
    with holder(kind, path, 0.5, "shared") as process:
        with durable.lock(path, wait=False, shared=True), durable.lock(path, wait=False, shared=True):
            pass
        with pytest.raises(Locked), durable.lock(path, wait=False):
            pass
        with durable.lock(path):
            assert process.wait(5) == 0
    assert left(path) == []


def test_who_was_killed_is_in_nobodys_way(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "work.lock"
    for more in ((), ("shared",)):
        process = holder(kind, path, 60, *more)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        assert (left(path) != []) == (kind == "files")
        with durable.lock(path, wait=False):
            pass
        assert left(path) == []


def test_a_number_that_another_process_has_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    path = tmp_path / "work.lock"
    mine = locking.Holder.of(os.getpid())
    held = path.with_name("work.lock.held")
    held.write_bytes(locking.Holder(mine.machine, mine.process, "12345", mine.since).encode())
    with durable.lock(path, wait=False):
        pass
    assert left(path) == []


def test_a_process_of_another_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errno.EOPNOTSUPP)
    monkeypatch.setattr(locking, "_ELSEWHERE_S", 0.1)
    path = tmp_path / "work.lock"
    held = path.with_name("work.lock.held")
    held.write_bytes(locking.Holder("node17 boot ns", 4711, "12345", "2026-01-02 03:04:05").encode())
    with pytest.raises(Locked) as caught, durable.lock(path):
        pass
    assert str(caught.value) == f"{path} is held by process 4711 on node17 since 2026-01-02 03:04:05"
    assert caught.value.hint == "wait for it; if it is not at work any more, run `git data fsck --unlock`"
    other = path.with_name("work.lock.reader-0011")
    other.write_bytes(locking.Holder.of(os.getpid()).encode())  # runs here: stays
    assert locking.break_locks(path.parent) == [
        f"removed a lock of {path}, held by process 4711 on node17 since 2026-01-02 03:04:05"
    ]
    assert other.exists() and not held.exists()
    other.unlink()
    held.write_bytes(b"")  # somebody died in the moment of making it, or is in it
    with pytest.raises(Locked, match="held by another process"), durable.lock(path, wait=False):
        pass
    assert left(path) == ["work.lock.held"]


def test_two_take_over_at_the_same_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    path = tmp_path / "work.lock"
    mine = locking.Holder.of(os.getpid())
    inside: list[int] = []
    most: list[int] = []
    for _round in range(10):
        path.with_name("work.lock.held").write_bytes(
            locking.Holder(mine.machine, mine.process, "12345", mine.since).encode()
        )

        def work() -> None:
            with durable.lock(path):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.002)
                inside.pop()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(most) == 40 and max(most) == 1
    assert left(path) == []


def test_a_turn_at_taking_over_that_was_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    path = tmp_path / "work.lock"
    mine = locking.Holder.of(os.getpid())
    path.with_name("work.lock.held").write_bytes(
        locking.Holder(mine.machine, mine.process, "12345", mine.since).encode()
    )
    turn = path.with_name("work.lock.turn")
    turn.touch()
    os.utime(turn, (time.time() - 100, time.time() - 100))
    with durable.lock(path):
        pass
    assert left(path) == []


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errno.ENOSYS)

    def link(*_arguments: object, **_more: object) -> None:
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "work.lock"
    with durable.lock(path):
        assert left(path) == ["work.lock.held"]
        with pytest.raises(Locked), durable.lock(path, wait=False):
            pass
    assert left(path) == []
