"""What a put that was killed has left half written in a folder of a directory remote.

Whoever writes holds a lock on the file that is not finished yet (`durable_at.write`). If it goes all the same, as
locks are not seen from everywhere, its writer finds it gone and writes it anew: nothing is lost but time.
"""

import contextlib
import os
import time
from pathlib import Path

from gitdata import durable
from gitdata.errors import Locked
from gitdata.locking import flock

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_OLD_S = 86_400.0  # where locks are not known, what was not written to for so long belongs to nobody at work


def clear(folder: int) -> int:
    """Remove it from an open folder, as far as permissions allow; how many files and folders are gone."""
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if entry.name.startswith(durable.TEMPORARY)]
    count = 0
    for entry in found:
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                os.rmdir(entry.name, dir_fd=folder)  # an empty one alone
                count += 1
            elif entry.is_file(follow_symlinks=False):
                count += _clear_file(folder, entry.name)
    return count


def _clear_file(folder: int, name: str) -> bool:
    descriptor = os.open(name, _OPEN, dir_fd=folder)
    try:
        known = flock(descriptor, Path(name), wait_s=0, shared=False)
        if not known and time.time() - os.fstat(descriptor).st_mtime < _OLD_S:
            return False
        os.unlink(name, dir_fd=folder)
    except Locked:
        return False
    finally:
        os.close(descriptor)
    return True
