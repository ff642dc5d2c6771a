"""Half-written files beside others: noted before they are made, so that the next process removes what a kill left.

Each process has a note of its own, a file that it holds a lock on until it ends; a note that nobody holds is of a
process that was killed (`worktree/left_behind.py` removes what it names). Within `.git` nothing has to be noted.
"""

import contextlib
import os
import threading
from pathlib import Path

from gitdata.errors import Locked
from gitdata.locking import flock
from gitdata.sharing import set_mode, share, sharing_at

FOLDER = "half-written"
"""The folder of the notes, in the state of a work tree."""

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)

_watched: dict[bytes, Path] = {}
_notes: dict[Path, int | None] = {}
_own: list[Path] = []
_one_by_one = threading.Lock()


def watch(top: Path, state: Path) -> None:
    """From now on what `note` is told of below the work tree `top` is written down in its `state` directory."""
    _watched[os.fsencode(top)] = state


def notes(state: Path) -> list[Path]:
    """The notes that are there, of processes at work and of those that were killed."""
    try:
        return sorted(state.joinpath(FOLDER).iterdir())
    except OSError:
        return []


def note(path: bytes) -> None:
    """Write down that `path`, a name that nobody else uses, is about to be made beside files that Git sees.

    What cannot be written down (a disk that is full, a repository that may only be read) is made all the same.
    """
    full = os.path.abspath(path) if _watched else b""
    tops = [top for top in _watched if full.startswith(top + b"/") and b"/.git/" not in full[len(top) :]]
    if tops:
        top = max(tops, key=len)
        state = _watched[top]
        with _one_by_one:
            if state not in _notes:
                _notes[state] = _begin(state)
        descriptor = _notes[state]
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(descriptor, full[len(top) + 1 :] + b"\0")


def _begin(state: Path) -> int | None:
    """A new note of this process, which goes when it ends."""
    folder = state / FOLDER
    try:
        if not state.is_dir():
            return None
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            set_mode(folder)
        while True:
            path = folder / os.urandom(8).hex()
            descriptor = os.open(path, _NEW, 0o666)
            share(descriptor, sharing_at(path))
            flock(descriptor, path, wait_s=0, shared=False)
            if os.fstat(descriptor).st_nlink:
                break
            os.close(descriptor)  # somebody took it for one that was left, before it was locked
    except (OSError, Locked):
        return None
    _own.append(path)
    return descriptor


def end() -> None:
    """Remove the notes of this process, which has nothing half written any more."""
    while _own:
        with contextlib.suppress(OSError):
            _own.pop().unlink(missing_ok=True)
