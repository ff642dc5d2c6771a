"""Durable steps: the only module that fsyncs, renames, links and locks.

Everything that must survive a crash goes through `step`, so that a test can stop the program at
each of them. Order of a publication: write a temporary file, flush it to the disk, rename it, flush
the directory. Before the rename the name does not exist, after it the file is whole.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gitdata.errors import GitDataError, Locked, OutOfSpace

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def _go_on(name: str) -> None:
    pass


before_step: Callable[[str], None] = _go_on
"""Called with the name of every durable step just before it happens; tests replace it."""

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LONGEST_WAIT_S = 600.0
_LOCK_PAUSE_S = 0.02
_NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn the system's errors on writing `what` into one line: `OutOfSpace` or `GitDataError`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE or error.errno in _NOT_ALLOWED:
            raise explain(error, what) from error
        raise


def explain(error: OSError, what: str | None = None) -> GitDataError:
    """What the system's error means for a person; `what` stands in for the file it names."""
    name = what or os.fsdecode(error.filename or "a file")
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in _NO_SPACE:
        return OutOfSpace(f"cannot write {name}: {reason}")
    if error.errno in _NOT_ALLOWED:
        return GitDataError(f"cannot write {name}: {reason}", "check its permissions and run the command again")
    return GitDataError(f"{name}: {reason}", "nothing was lost; mend it and run the command again")


def in_words(error: GitDataError | OSError) -> str:
    """What an error says, for the middle of a sentence: the system's without its number and quotes."""
    if isinstance(error, GitDataError):
        return str(error)
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return f"{os.fsdecode(error.filename)}: {reason}" if error.filename else reason


def temporary_name(prefix: str = "tmp-") -> str:
    """A file name that nobody else uses."""
    return f"{prefix}{os.urandom(8).hex()}"


def sync_file(descriptor: int, *, fsync: bool = True) -> None:
    """Flush an open file to the disk."""
    before_step("sync")
    if fsync:
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is None:
            os.fsync(descriptor)
        else:  # macOS: fsync alone leaves the bytes in the drive's cache
            fcntl.fcntl(descriptor, full)


def sync_directory(directory: Path, *, fsync: bool = True) -> None:
    """Flush the names in a directory to the disk; a no-op where directories cannot be opened."""
    if not fsync or os.name == "nt":
        return
    before_step("sync-directory")
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems
            raise
    finally:
        os.close(descriptor)


def publish(temporary: Path, final: Path, *, fsync: bool = True) -> None:
    """Give a finished, flushed file its name; replaces what has that name."""
    before_step("rename")
    os.replace(temporary, final)
    sync_directory(final.parent, fsync=fsync)


def write_file(final: Path, *parts: bytes, fsync: bool = True, mode: int = 0o666) -> None:
    """Write a file, its parts one after the other, whole or not at all. A symlink of that name is replaced."""
    temporary = final.with_name(temporary_name(".gitdata-tmp-"))
    with disk_errors(str(final)):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        try:
            with open(descriptor, "wb") as file:
                file.writelines(parts)
                file.flush()
                sync_file(file.fileno(), fsync=fsync)
            publish(temporary, final, fsync=fsync)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise


def rename_at(directory: int, old: bytes, new: bytes) -> None:
    """Rename within an open directory; replaces a file or a link of that name, never follows one."""
    before_step("rename")
    os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)


def rename_between(old_directory: int, old: bytes, new_directory: int, new: bytes) -> None:
    """Rename from one open directory to another; never follows a link."""
    before_step("rename")
    os.rename(old, new, src_dir_fd=old_directory, dst_dir_fd=new_directory)


def _acquire(descriptor: int, path: Path, *, wait_s: float, shared: bool) -> None:
    if fcntl is None:
        return
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, kind)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Locked(f"{path} is held by another process") from error
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


@contextlib.contextmanager
def lock(path: Path, *, wait: bool = True, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock on `path`, released by the system when the process dies.

    `flock`, not `fcntl.lockf`: the latter is lost when any descriptor of the file is closed.
    Raises `Locked` when somebody else holds it for ten minutes, or at all when `wait` is false.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _acquire(descriptor, path, wait_s=_LONGEST_WAIT_S if wait else 0.0, shared=shared)
        yield
    finally:
        os.close(descriptor)
