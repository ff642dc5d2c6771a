"""Half done: files that processes which were killed have left half written among those of git-data in `.git`.

Beside them Git sees nothing, so nobody notes them (half_written.py): they go when the store is pruned, while nobody
records or pushes. Who writes one without a lock of a work tree is done with it within the blink of an eye.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from gitdata.descent import Descent, named
from gitdata.formats.names import TEMPORARY
from gitdata.worktree import places

_STILL_S = 10.0  # what was not written to for so long belongs to nobody at work
_BESIDE = (b"hooks", b"info")  # Git's own directories in which we write files


def clear(dirs: Iterable[Path]) -> int:
    """Remove them from the Git directories `dirs` of all work trees; how many went. To be called while nobody works."""
    return sum(_clear(Descent(os.fsencode(top)), folder) for one in dirs for top, folder in _folders(one))


def _folders(git_dir: Path) -> Iterator[tuple[Path, bytes]]:
    """Where we write, as a directory and a path below it on which no link is followed."""
    for folder in _BESIDE:
        yield git_dir, folder
    own, waiting = git_dir / "gitdata", [b""]
    down = Descent(os.fsencode(own))
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError), down.entries(folder) as found:
            inner = [named(entry) for entry in found if entry.is_dir(follow_symlinks=False)]
            waiting += [folder + b"/" + name if folder else name for name in inner]
        yield own, folder


def _clear(down: Descent, folder: bytes) -> int:
    with contextlib.suppress(OSError):
        left = list(_left(down, folder))
        with places.directory(down.top, folder) as there:
            for name in left:
                there.drop(name)
        return len(left)
    return 0


def _left(down: Descent, folder: bytes) -> Iterator[bytes]:
    with down.entries(folder) as found:
        for entry in found:
            if (name := named(entry)).startswith(TEMPORARY):
                seen = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(seen.st_mode) and time.time() - seen.st_mtime > _STILL_S:
                    yield name
