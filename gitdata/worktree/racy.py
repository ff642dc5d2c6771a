"""Whether a file could still change without looking different, and the clock by which that is told."""

import os
import time
from pathlib import Path

from gitdata import durable

_COARSE_NS = 2_000_000_000  # FAT and some network file systems count in two-second steps
_FINE_NS = 20_000_000  # two ticks of a 100 Hz kernel clock


def is_racy(seen: tuple[int, int, int, int, int, int], now_ns: int, *, own: bool = False) -> bool:
    """Whether a file with this `Signature` at `now_ns` could still change without looking different.

    A write within the same tick of the file system's clock leaves the times as they are (Git's
    "racy" problem, Documentation/technical/racy-git.txt). Of a file of our `own`, just renamed and older than
    that by its time of modification, this one decides.
    """
    return settles_ns((*seen[:4], seen[3], seen[5]) if own else seen) > now_ns


def settles_ns(seen: tuple[int, int, int, int, int, int]) -> int:
    """From when on a file with this `Signature` that is written to looks different (nanoseconds)."""
    _dev, _ino, _size, mtime_ns, ctime_ns, _mode = seen
    fine = mtime_ns % 1_000_000_000 or ctime_ns % 1_000_000_000
    return max(mtime_ns, ctime_ns) + (_FINE_NS if fine else _COARSE_NS) + 1


def clock_ns(directory: Path) -> int:
    """Now, by the clock of the file system that holds `directory` (nanoseconds).

    The kernel stamps a touched file; on network file systems that clock is the server's.
    """
    probe = directory / "clock"
    try:
        durable.make_folder(directory)
        durable.prepare(probe)
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o666)
    except OSError:  # nothing may be written there, so nothing will be remembered by this moment
        return time.time_ns()
    try:
        os.utime(descriptor)
        return os.fstat(descriptor).st_mtime_ns
    finally:
        os.close(descriptor)
