"""Durable steps: the only module that fsyncs, renames, links and locks.

Everything that must survive a crash goes through `step`, so that a test can stop the program at
each of them. Order of a publication: write a temporary file, flush it to the disk, rename it, flush
the directory. Before the rename the name does not exist, after it the file is whole.
"""

import contextlib
import errno
import os
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gitdata.errors import GitDataError, OutOfSpace
from gitdata.locking import FileLock, flock, locks_parts
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

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LEASE: int | None = getattr(fcntl, "F_SETLEASE", None)
_SET_SIGNAL: int = getattr(fcntl, "F_SETSIG", 10)
_DIRTY_NS = 60_000_000_000  # Linux writes dirty pages out after half that time, unless it is told otherwise
_LONGEST_WAIT_S = 600.0
_NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}  # some network file systems
_OCCUPIED = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


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
    if error.errno in _NOT_ALLOWED and sharing_at(Path(name)):
        return GitDataError(f"cannot write {name}: {reason}", "whoever made it opens it to the others: `git data init`")
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


def flush_mapped(descriptor: int, touched_ns: int) -> None:
    """Flush an open file that others may write to through a memory map; `touched_ns` is its latest time.

    Linux moves the times of a file only with the first such write to a page that is clean. When what is dirty
    has been flushed, the next one moves them. A file that nobody has open for writing, mapped or not, is left
    alone: whoever opens it later begins with clean pages. Nothing happens where the system has no leases.
    """
    if _LEASE is None:
        return
    try:
        # A lease to read is refused while somebody can write. Whoever comes while it is held waits for its end,
        # and is announced by a signal: by one that ends no process.
        fcntl.fcntl(descriptor, _SET_SIGNAL, signal.SIGURG)
        fcntl.fcntl(descriptor, _LEASE, fcntl.F_RDLCK)
    except OSError as error:
        told = error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
        # Of another's file, and on some file systems, it cannot be told: what was not touched lately is clean.
        if told or touched_ns > time.time_ns() - _DIRTY_NS:
            with contextlib.suppress(OSError):
                os.fdatasync(descriptor)
    else:
        fcntl.fcntl(descriptor, _LEASE, fcntl.F_UNLCK)


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
    try:
        os.fsync(directory)
    except OSError as error:
        if error.errno not in (*_NO_FLUSH, errno.EBADF, errno.EACCES, errno.EPERM):
            raise


def publish(temporary: Path, final: Path, *, fsync: bool = True) -> None:
    """Give a finished, flushed file its name; replaces what has that name."""
    set_mode(temporary)
    before_step("rename")
    os.replace(temporary, final)
    sync_directory(final.parent, fsync=fsync)


def write_file(final: Path, *parts: bytes, fsync: bool = True, mode: int = 0o666) -> None:
    """Write a file, its parts one after the other, whole or not at all. A symlink of that name is replaced."""
    temporary = final.with_name(temporary_name(".gitdata-tmp-"))
    sharing = sharing_at(final)
    with disk_errors(str(final)):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        try:
            with open(descriptor, "wb") as file:
                file.writelines(parts)
                file.flush()
                share(file.fileno(), sharing)
                sync_file(file.fileno(), fsync=fsync)
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


def make_folder(folder: Path, *, sharing: Sharing | None = None) -> None:
    """Make a folder, and those above it that are missing; nothing happens when it is there."""
    chosen = sharing_at(folder) if sharing is None else sharing
    if not chosen:
        if not folder.parent.is_dir():
            make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        return
    if folder.is_dir():
        return
    make_folder(folder.parent, sharing=sharing)
    above = os.open(folder.parent, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    try:
        make_folder_at(above, folder.name, sharing=chosen, fsync=False)
    finally:
        os.close(above)
    if not folder.is_dir():  # what has that name is no folder
        folder.mkdir()


def make_folder_at(directory: int, name: str, *, sharing: Sharing = UMASK, fsync: bool = True) -> None:
    """Make a folder in an open directory; it appears with its permissions, and nothing happens when it is there."""
    temporary = temporary_name(TEMPORARY)
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
    if fsync:
        before_step("sync-directory")
        _sync_names(directory)


def write_at(
    directory: int, name: str, parts: Iterable[bytes], *, sharing: Sharing = UMASK, fsync: bool = True
) -> None:
    """Write a read-only file in an open directory, whole or not at all; replaces what has that name."""
    temporary = temporary_name(TEMPORARY)
    descriptor = os.open(temporary, _NEW, 0o666, dir_fd=directory)
    try:
        with open(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            with contextlib.suppress(PermissionError):  # there are no permissions to be changed
                os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~0o222)
            share(file.fileno(), sharing)
            sync_file(file.fileno(), fsync=fsync)
        rename_at(directory, temporary.encode(), name.encode())
        if fsync:
            before_step("sync-directory")
            _sync_names(directory)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise


def rename_at(directory: int, old: bytes, new: bytes) -> None:
    """Rename within an open directory; replaces a file or a link of that name, never follows one."""
    before_step("rename")
    os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)


def replace_at(directory: int, old: bytes, new: bytes, still: Callable[[], bool]) -> bool:
    """Rename within an open directory if `still()`, asked right before, says that what is at `new` may go.

    Whether it was done. A change between the answer and the rename, which is the next system call, is not noticed.
    """
    before_step("rename")
    if not still():
        return False
    os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)
    return True


def name_at(old_directory: int, old: bytes, new_directory: int, new: bytes) -> bool:
    """Give what is at `old` a name that nothing has; False when something has it. Never follows a link.

    A file or link is never put in the place of another; a directory may take the place of an empty one.
    """
    before_step("rename")
    try:
        os.link(old, new, src_dir_fd=old_directory, dst_dir_fd=new_directory, follow_symlinks=False)
    except FileExistsError:
        return False
    except (OSError, NotImplementedError):
        # A directory, or a file system without hard links.
        if _is_there(new_directory, new):
            return False
        os.rename(old, new, src_dir_fd=old_directory, dst_dir_fd=new_directory)
    else:
        os.unlink(old, dir_fd=old_directory)
    return True


def unlink_at(directory: int, name: bytes, still: Callable[[], bool]) -> bool:
    """Remove a file or link if `still()`, asked right before, says that it may go; whether it is gone."""
    before_step("unlink")
    if not _is_there(directory, name):
        return True
    if not still():
        return False
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=directory)
    return True


def _is_there(directory: int, name: bytes) -> bool:
    try:
        os.lstat(name, dir_fd=directory)
    except FileNotFoundError:
        return False
    return True


def locks_bytes(path: Path) -> bool:
    """Whether parts of files can be locked where `path` lies, as databases do; that file is made for the trial."""
    descriptor = _open_lock(path)
    try:
        return locks_parts(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def lock(path: Path, *, wait: bool = True, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock on `path`, released by the system when the process dies.

    `flock`, not `fcntl.lockf`: the latter is lost when any descriptor of the file is closed. Where the file system
    knows no `flock`, the lock is a file beside it (locking.py).
    Raises `Locked` when somebody else holds it for ten minutes, or at all when `wait` is false.
    """
    wait_s = _LONGEST_WAIT_S if wait else 0.0
    descriptor = _open_lock(path)
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


def _open_lock(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    with disk_errors(str(path)):
        try:
            descriptor = os.open(path, flags, 0o666)
        except PermissionError:
            if not path.exists():
                raise
            return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))  # made by somebody else
    if sharing := sharing_at(path):
        share(descriptor, sharing)
    return descriptor
