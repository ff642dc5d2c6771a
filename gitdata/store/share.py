"""A share of many small files, read and packed by a process of its own.

What small files cost is mostly the interpreter's time, and a process has only one interpreter. The
other process is told paths and answers with names; the packs it fills become those of the ingest. It
reports no errors: whatever goes wrong there is done once more here, where it goes wrong again. Told to
stop, it answers with what it has done by then.
"""

import contextlib
import gc
import marshal
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from gitdata.descent import Descent
from gitdata.durable import temporary_name
from gitdata.ids import BlobId, PackId
from gitdata.progress import UNSEEN, Step
from gitdata.store.catalog import Catalog
from gitdata.store.new_packs import NewPacks
from gitdata.store.packing import Finished
from gitdata.store.pools import Pools
from gitdata.store.signature import Signature
from gitdata.store.small import Group, SmallFiles
from gitdata.store.sources import Problems, Stored, WorkFile

WORTH = 64 << 20  # bytes, as `_weight` counts them, from which another process is worth being started
_A_FILE = 8 << 10  # bytes that are packed in the time it takes to open and close a file
_MOST = 4  # processes
_START = "import sys; sys.path[:] = sys.argv[1:]; from gitdata.store.share import serve; serve()"
_LENGTH_SIZE = 4


def parted(groups: Sequence[Group]) -> list[Sequence[Group]]:
    """Consecutive groups in parts that take equally long, one for each process; a single part when they are few."""
    weights = [_weight(group) for group in groups]
    count = min(_processors(), _MOST) if sys.executable and sum(weights) >= WORTH else 1
    parts: list[Sequence[Group]] = []
    start = done = 0
    for number, weight in enumerate(weights):
        done += weight
        if done * count >= sum(weights) * (len(parts) + 1):
            parts.append(groups[start : number + 1])
            start = number + 1
    return parts or [groups]


def _weight(group: Group) -> int:
    return sum(source.size + _A_FILE for source in group)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


class Share:
    """Files that another process reads, and puts into packs in `directory`; begun at once. `step` counts bytes."""

    def __init__(self, groups: Sequence[Group], directory: Path, catalog: Path, step: Step, *, fsync: bool) -> None:
        self.groups = groups
        self._step = step
        self._counted = 0  # bytes that the step was told of
        self._counting: threading.Thread | None = None
        files = [(group[0].down.top, [(source.where, source.size) for source in group]) for group in groups]
        self._answer = open(directory / temporary_name("answer-"), "x+b")  # noqa: SIM115 - closed by `close`
        self._process: subprocess.Popen[bytes] | None = None
        with open(directory / temporary_name("request-"), "x+b") as request, contextlib.suppress(OSError):
            request.write(marshal.dumps((str(directory), str(catalog), fsync, files)))
            request.seek(0)
            # Isolated, so that what lies in the current directory or in PYTHONPATH is not run; it looks where we look.
            command = [sys.executable, "-I", "-c", _START, *filter(None, sys.path)]
            self._process = subprocess.Popen(command, stdin=request, stdout=self._answer, stderr=subprocess.PIPE)
            self._counting = threading.Thread(target=self._count, args=(self._process.stderr,), daemon=True)
            self._counting.start()

    def _count(self, marks: IO[bytes]) -> None:
        """Tell the step of each group for which the other process writes a mark."""
        with marks:
            for group in self.groups:
                if not marks.read(1):
                    return
                size = sum(source.size for source in group)
                self._counted += size
                self._step.advance(size)
            while marks.read(1 << 16):  # what anything else writes there must not keep it waiting
                pass

    def taken(self, packs: NewPacks) -> Iterator[Stored] | None:
        """What was stored, in order, once its packs are among `packs`: all of it, if nobody has said stop.

        None when something went wrong.
        """
        if self._process is None or self._ended(self._process) != 0:
            self._step.advance(-self._counted)
            return None
        self._answer.seek(0)
        done, finished = _receive(self._answer)
        for pack, path, size in finished:
            packs.take(Finished(PackId(pack), Path(path), size))
        return self._stored(self.groups[:done])

    def _ended(self, process: "subprocess.Popen[bytes]") -> int:
        if self._counting is not None:
            self._counting.join()
        return process.wait()

    def _stored(self, groups: Sequence[Group]) -> Iterator[Stored]:
        for group in groups:
            for source, (blob, size, seen) in zip(group, _receive(self._answer), strict=True):
                yield Stored(source, BlobId(blob), size, Signature(*seen))

    def stop(self) -> None:
        """Ask the other process for what it has done so far; it answers soon."""
        if self._process is not None:
            self._process.terminate()

    def close(self) -> None:
        """End the process, if it has not ended."""
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)
        self._answer.close()


def serve() -> None:
    """The other process: the request on standard input, the answer on standard output."""
    gc.disable()
    stopped = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of Ctrl-C the terminal tells both: the other one decides
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
    directory, catalog, fsync, files = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - from the process that began this one
    pools, problems = Pools(), Problems()
    packs = NewPacks(Path(directory), Catalog(Path(catalog)), pools, fsync=fsync)
    small = SmallFiles(packs, pools, UNSEEN, problems)
    answers = []
    down = Descent(b"")
    for top, group in files:
        down = down if down.top == top else Descent(top)
        sources: Group = [WorkFile(down, path, path, size) for path, size in group]
        stored = small.add([sources], alone=True)
        answers.append(_encoded([(item.blob, item.size, tuple(item.seen)) for item in stored]))
        os.write(2, b".")
        if stopped.is_set():
            break
    problems.check()
    finished = packs.finish()
    packs_of = [(done.pack, str(done.path), done.size) for done in finished]
    sys.stdout.buffer.write(_encoded([len(answers), packs_of]))
    sys.stdout.buffer.writelines(answers)
    sys.stdout.flush()


def _encoded(value: list[Any]) -> bytes:
    encoded = marshal.dumps(value)
    return len(encoded).to_bytes(_LENGTH_SIZE, "little") + encoded


def _receive(file: IO[bytes]) -> list[Any]:
    found: list[Any] = marshal.loads(file.read(int.from_bytes(file.read(_LENGTH_SIZE), "little")))  # noqa: S302 - as above
    return found
