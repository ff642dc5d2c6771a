"""Durable steps: the only module that fsyncs, renames, links and locks.

Everything that must survive a crash goes through `step`, so that a test can stop the program at
each of them. Order of a publication: write a temporary file, flush it to the disk, rename it, flush
the directory. Before the rename the name does not exist, after it the file is whole.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gitdata import half_written
from gitdata.disk_errors import disk_errors
from gitdata.locking import FileLock, flock, open_lock
from gitdata.sharing import UMASK, Sharing, set_mode, share, sharing_at

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def _go_on(name: str) -> None:
    pass


before_step: Callable[[str], None] = _go_on
"""Called with the name of every durable step just before it happens; tests replace it."""

TEMPORARY = ".tmp-"
"""How names begin that are not finished, in places that others look at too."""

_LONGEST_WAIT_S = 600.0
_TRIES = 5
_NO_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}  # some network file systems
_OCCUPIED = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def temporary_name(prefix: str = "tmp-") -> str:
    """A file name that nobody else uses."""
    return f"{prefix}{os.urandom(8).hex()}"


def sync_file(descriptor: int, *, fsync: bool = True) -> None:
    """Flush an open file to the disk."""
    before_step("sync")
    if not fsync:
        return
    full = getattr(fcntl, "F_FULLFSYNC", None)
    try:
        if full is None:
            os.fsync(descriptor)
        else:  # macOS: fsync alone leaves the bytes in the drive's cache
            fcntl.fcntl(descriptor, full)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise


def sync_directory(directory: Path, *, fsync: bool = True) -> None:
    """Flush the names in a directory to the disk; a no-op where directories cannot be opened."""
    if not fsync or os.name == "nt":
        return
    before_step("sync-directory")
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # names can be made in it but not listed
        return
    try:
        _sync_names(descriptor)
    finally:
        os.close(descriptor)


def _sync_names(directory: int) -> None:
    """Flush the names in an open directory, as far as its file system knows how."""
    try:
        os.fsync(directory)
    except OSError as error:
        if error.errno not in (*_NO_FLUSH, errno.EBADF, errno.EACCES, errno.EPERM):
            raise


def sync_folder_at(directory: int, *, fsync: bool = True) -> None:
    """Flush the names in an open directory to the disk."""
    if fsync:
        before_step("sync-directory")
        _sync_names(directory)


def publish(temporary: Path, final: Path, *, fsync: bool = True) -> None:
    """Give a finished, flushed file its name; replaces what has that name."""
    set_mode(temporary)
    before_step("rename")
    os.replace(temporary, final)
    sync_directory(final.parent, fsync=fsync)


def write_file(
    final: Path, *parts: bytes, fsync: bool = True, mode: int = 0o666, modified_ns: int | None = None
) -> None:
    """Write a file, its parts one after the other, whole or not at all. A symlink of that name is replaced.

    With `modified_ns` that is its time of modification from the first moment on (nanoseconds).
    """
    write_parts(final, parts, fsync=fsync, mode=mode, modified_ns=modified_ns)


def write_parts(
    final: Path, parts: Iterable[bytes], *, fsync: bool = True, mode: int = 0o666, modified_ns: int | None = None
) -> None:
    """`write_file` of parts that are made one after the other."""
    temporary = final.with_name(temporary_name(".gitdata-tmp-"))
    sharing = sharing_at(final)
    half_written.note(os.fsencode(temporary))
    with disk_errors(str(final)):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        try:
            with open(descriptor, "wb") as file:
                file.writelines(parts)
                file.flush()
                share(file.fileno(), sharing)
                sync_file(file.fileno(), fsync=fsync)
            if modified_ns is not None:
                os.utime(temporary, ns=(modified_ns, modified_ns))
            publish(temporary, final, fsync=fsync)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise


def open_new(path: Path, *, buffering: int = -1) -> BinaryIO:
    """A new file to read and write."""
    file: BinaryIO = open(path, "x+b", buffering=buffering)  # noqa: SIM115 - the caller closes it
    share(file.fileno(), sharing_at(path))
    return file


def prepare(path: Path) -> None:
    """Make a file that others will write into, where several people share the place; elsewhere nothing."""
    if sharing_at(path) and not path.exists():
        with contextlib.suppress(FileExistsError):
            open_new(path).close()


def touch(path: Path) -> None:
    """Make an empty file, or give one that is there the present time; somebody else's is replaced."""
    try:
        path.touch()
    except PermissionError:
        write_file(path, fsync=False)
    set_mode(path)


def make_folder(folder: Path, *, sharing: Sharing | None = None, fsync: bool = False) -> None:
    """Make a folder, and those above it that are missing; nothing happens when it is there.

    With `fsync` the names of those that are made are flushed to the disk: what is flushed in a folder is there after a
    crash only if the folder itself is.
    """
    if folder.is_dir():
        return
    chosen = sharing_at(folder) if sharing is None else sharing
    make_folder(folder.parent, sharing=sharing, fsync=fsync)
    if not chosen:
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent, fsync=fsync)
        return
    above = os.open(folder.parent, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        make_folder_at(above, folder.name, sharing=chosen, fsync=fsync)
    finally:
        os.close(above)
    if not folder.is_dir():  # what has that name is no folder
        folder.mkdir()


def make_folder_at(directory: int, name: str, *, sharing: Sharing = UMASK, fsync: bool = True) -> None:
    """Make a folder in an open directory; it appears with its permissions, and nothing happens when it is there.

    What a process that was killed has left of it goes, which may be another's that is at work: then it is made anew.
    """
    temporary = TEMPORARY + name
    for left in reversed(range(_TRIES)):
        try:
            with contextlib.suppress(OSError):
                os.rmdir(temporary, dir_fd=directory)
            return _make_folder_at(directory, temporary if left else temporary_name(TEMPORARY), name, sharing, fsync)
        except (FileNotFoundError, FileExistsError, PermissionError):
            if not left:
                raise
    return None


def _make_folder_at(directory: int, temporary: str, name: str, sharing: Sharing, fsync: bool) -> None:
    os.mkdir(temporary, dir_fd=directory)
    try:
        descriptor = os.open(temporary, _FOLDER, dir_fd=directory)
        try:
            share(descriptor, sharing)
        finally:
            os.close(descriptor)
        before_step("rename")
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.rmdir(temporary, dir_fd=directory)
        if not isinstance(error, OSError) or error.errno not in _OCCUPIED:
            raise
    sync_folder_at(directory, fsync=fsync)


def remove(file: Path) -> None:
    """Remove a file, if it is there."""
    before_step("unlink")
    file.unlink(missing_ok=True)


@contextlib.contextmanager
def lock(path: Path, *, wait: bool = True, shared: bool = False, wait_s: float = _LONGEST_WAIT_S) -> Iterator[None]:
    """Hold an advisory lock on `path`, released by the system when the process dies.

    `flock`, not `fcntl.lockf`: the latter is lost when any descriptor of the file is closed. Where the file system
    knows no `flock`, the lock is a file beside it (locking.py).
    Raises `Locked` when somebody else holds it for `wait_s` seconds, or at all when `wait` is false.
    """
    wait_s = wait_s if wait else 0.0
    descriptor = open_lock(path)
    try:
        if flock(descriptor, path, wait_s=wait_s, shared=shared):
            yield
            return
    finally:
        os.close(descriptor)
    own = FileLock(path, shared=shared, share=partial(share, sharing=sharing_at(path)))
    own.acquire(wait_s)
    try:
        yield
    finally:
        own.release()
