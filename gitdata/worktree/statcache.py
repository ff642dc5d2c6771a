"""Which content each file had when it was last looked at, so that unchanged files are not read again.

A row also says that this content is in the store, as long as the store has lost nothing (its loss mark).
A cache: losing or damaging it costs time, never data. One file per data root, checked by a hash
before it is decoded, because `marshal` trusts its input.
"""

import marshal
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from blake3 import blake3

from gitdata import durable

_VERSION = 3
_HASH_SIZE = 32
_LENGTH_SIZE = 4
_PART = 10_000  # rows encoded together
_MOST_LATER = 5000  # rows that may be kept beside those saved before
_COARSE_NS = 2_000_000_000  # FAT and some network file systems count in two-second steps
_FINE_NS = 20_000_000  # two ticks of a 100 Hz kernel clock


Row = tuple[tuple[int, int, int, int, int, int], bytes]
"""A file's `Signature` when it was read, and the id of its content, which is in the store."""

Rows = dict[bytes, Row]
"""By path."""


def load(path: Path, loss_mark: bytes) -> Rows:
    """The rows saved at `path` for the store with this `loss_mark`; empty when there are none to be trusted."""
    rows = _load(path, loss_mark)
    rows.update(_load(_later(path), loss_mark))
    return rows


def save(path: Path, rows: Rows, loss_mark: bytes) -> None:
    """Replace what is saved at `path`; the content of all `rows` is in the store with this `loss_mark`."""
    _save(path, rows, loss_mark)
    # Stopped before this, they are laid over the newer rows: each is true of a file that looks like that.
    _later(path).unlink(missing_ok=True)


def add(path: Path, rows: Rows, loss_mark: bytes) -> None:
    """Add a few `rows` to what is saved at `path`, which may be many."""
    rows = {**_load(_later(path), loss_mark), **rows}
    if len(rows) > _MOST_LATER:
        save(path, {**load(path, loss_mark), **rows}, loss_mark)
    elif rows:
        _save(_later(path), rows, loss_mark)


def remove(path: Path) -> None:
    """Remove what is saved at `path`."""
    path.unlink(missing_ok=True)
    _later(path).unlink(missing_ok=True)


def _later(path: Path) -> Path:
    """Where the rows are that came later, so that those before need not be written again."""
    return path.with_name(path.name + "-later")


def _load(path: Path, loss_mark: bytes) -> Rows:
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return {}
    payload = data[_HASH_SIZE:]
    if blake3(payload).digest() != data[:_HASH_SIZE]:
        return {}
    rows: Rows = {}
    try:
        head, *parts = _parts(payload)
        version, python, mark = marshal.loads(head)  # noqa: S302 - ours, and just checked by its hash
        if (version, python >> 24, mark) != (_VERSION, sys.hexversion >> 24, loss_mark):
            return {}  # what marshal writes in format 2 is the same in every Python 3
        for part in parts:
            rows.update(marshal.loads(part))  # noqa: S302
    except (ValueError, EOFError, TypeError):
        return {}
    return rows


def _parts(payload: memoryview) -> Iterator[memoryview]:
    while payload:
        length = int.from_bytes(payload[:_LENGTH_SIZE], "little")
        yield payload[_LENGTH_SIZE : _LENGTH_SIZE + length]
        payload = payload[_LENGTH_SIZE + length :]


def _save(path: Path, rows: Rows, loss_mark: bytes) -> None:
    # All at once, rows on their way to the disk would take as much memory as the rows themselves.
    parts = [_encoded((_VERSION, sys.hexversion, loss_mark))]
    items = iter(rows.items())
    while some := list(islice(items, _PART)):
        # marshal takes plain tuples only, not their subclasses.
        parts.append(_encoded({path: (tuple(seen), blob) for path, (seen, blob) in some}))
    hasher = blake3()
    for part in parts:
        hasher.update(part)
    durable.make_folder(path.parent)
    durable.write_file(path, hasher.digest(), *parts, fsync=False)


def _encoded(value: Any) -> bytes:
    # Format 2 does not look for what occurs twice, which in format 4 needs more memory than the rows themselves.
    encoded = marshal.dumps(value, 2)
    return len(encoded).to_bytes(_LENGTH_SIZE, "little") + encoded


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
