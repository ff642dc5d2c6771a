"""Ctrl-C while data is recorded: what was read stays, and the next try goes on from there."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from shell import Shell, project

from gitdata import workspace
from gitdata.errors import Unreadable
from gitdata.ops.recording.record import record
from gitdata.progress import Step, Unit
from gitdata.store import share

pytestmark = pytest.mark.any_git

MIB = 1 << 20
LARGE, SMALL = 4, 300
TOTAL = LARGE * 9 * MIB + SMALL * 20_000


class Impatient(AbstractContextManager[Step]):
    """A person who presses Ctrl-C when so many bytes were read (None: never); counts them."""

    def __init__(self, after: int | None) -> None:
        self.read, self._after, self._storing = 0, after, False

    def step(self, what: str, total: int = 0, unit: Unit = "bytes") -> AbstractContextManager[Step]:  # noqa: ARG002
        self._storing = what.startswith("storing")
        return self

    def advance(self, amount: int) -> None:
        self.read += amount if self._storing else 0
        if self._after is not None and self.read >= self._after:
            self._after = None
            os.kill(os.getpid(), signal.SIGINT)

    def __exit__(self, *_error: object) -> None:
        self._storing = False


@pytest.fixture
def repo(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """New data in a repository: a few large files, and small ones that two processes share."""
    monkeypatch.setattr(share, "WORTH", MIB)
    monkeypatch.setattr(share, "_processors", lambda: 2)
    repo = project(shell)
    repo.git("data track --create data")
    repo.git("commit -qm empty")
    numbers = random.Random(1)
    for number in range(LARGE):
        repo.write(f"data/large{number}", numbers.randbytes(9 * MIB))
    for number in range(SMALL):
        repo.write(f"data/small/{number:03}", numbers.randbytes(20_000))
    time.sleep(0.03)  # else they could still change without looking different
    monkeypatch.chdir(repo.cwd)
    # What a shell runs in the background ignores interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield repo
    signal.signal(signal.SIGINT, before)


def size(repo: Shell) -> int:
    return sum(file.stat().st_size for file in (repo.cwd / ".git/gitdata/packs").glob("*/*"))


@pytest.mark.parametrize("after", [1, 10 * MIB, 25 * MIB, LARGE * 9 * MIB + SMALL * 15_000])
def test_the_next_try_goes_on_from_there(repo: Shell, after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        record(workspace.here(repo.cwd), progress=Impatient(after))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not list((repo.cwd / ".git/gitdata/tmp").iterdir())
    here = size(repo)
    patient = Impatient(None)
    record(workspace.here(repo.cwd), progress=patient)
    # Of what was read before, only the file that was under way is read again, and a group of small ones.
    assert patient.read <= TOTAL - after + 11 * MIB
    assert patient.read <= TOTAL - here + 11 * MIB
    assert TOTAL < size(repo) < TOTAL + 200_000, "nothing is stored twice"
    repo.git("commit -qm data")
    repo.git("data fsck")
    copy = repo.copy("before", "data")
    repo.git("checkout -q HEAD~1")
    repo.git("checkout -q main")
    repo.same(copy, "data")


def test_a_file_that_cannot_be_read_makes_nobody_read_the_others_again(repo: Shell) -> None:
    os.symlink("/", repo.cwd / "data/link")
    os.mkfifo(repo.cwd / "data/fifo")
    with pytest.raises(Unreadable):
        record(workspace.here(repo.cwd), progress=Impatient(None))
    os.unlink(repo.cwd / "data/fifo")
    real = os.open

    def refusing(path: bytes, *rest: int, **options: int) -> int:
        if os.path.basename(os.fsencode(path)) == b"large2":
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest, **options)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Unreadable, match="large2"):
        patch.setattr(os, "open", refusing)
        record(workspace.here(repo.cwd), progress=Impatient(None))
    patient = Impatient(None)
    record(workspace.here(repo.cwd), progress=patient)
    assert patient.read == 9 * MIB


def test_the_second_time_it_ends_at_once(repo: Shell) -> None:
    class Pressing(Impatient):
        def advance(self, amount: int) -> None:
            super().advance(amount)
            if self.read:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        record(workspace.here(repo.cwd), progress=Pressing(1))
    assert not list((repo.cwd / ".git/gitdata/tmp").iterdir())
    record(workspace.here(repo.cwd))
    repo.git("data fsck")
