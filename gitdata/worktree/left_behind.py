"""What processes that were killed have left half written beside files that Git sees, by the notes they made of it."""

import contextlib
import os
import time
from pathlib import Path

from gitdata.errors import Locked, UnsafeName
from gitdata.formats.names import TEMPORARY
from gitdata.locking import flock
from gitdata.worktree import places

_OLD_S = 86_400.0  # where locks tell nothing, a note this old is of no process that is still at work
_LIMIT = 64 << 20  # bytes of a note


def clear(top: bytes, notes: list[Path]) -> None:
    """Remove what is named by those of the `notes` whose process has ended, and the notes; never fails."""
    for path in notes:
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if _ended(descriptor, path):
                    for name in os.read(descriptor, _LIMIT).split(b"\0"):
                        _remove(top, name)
                    path.unlink()
            finally:
                os.close(descriptor)


def _ended(descriptor: int, path: Path) -> bool:
    try:
        known = flock(descriptor, path, wait_s=0, shared=False)
    except Locked:
        return False
    return known or time.time() - os.fstat(descriptor).st_mtime > _OLD_S


def _remove(top: bytes, path: bytes) -> None:
    folder, name = places.split(path)
    if name.startswith(TEMPORARY):
        with contextlib.suppress(OSError, UnsafeName), places.directory(top, folder) as place:
            place.discard(name)
