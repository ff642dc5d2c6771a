"""Durable steps in a directory that is open: neither a link nor another process leads them elsewhere.

What `durable` says of steps and their order holds here.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from gitdata import durable
from gitdata.errors import Locked
from gitdata.locking import flock
from gitdata.sharing import UMASK, Sharing, share

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def write(directory: int, name: str, parts: Iterable[bytes], *, sharing: Sharing = UMASK, fsync: bool = True) -> None:
    """Write a read-only file in an open directory, whole or not at all; replaces what has that name."""
    temporary = durable.temporary_name(durable.TEMPORARY)
    descriptor = os.open(temporary, _NEW, 0o666, dir_fd=directory)
    try:
        with open(descriptor, "wb") as file:
            with contextlib.suppress(Locked):  # a sign that somebody is at work on it
                flock(file.fileno(), Path(temporary), wait_s=0, shared=False)
            file.writelines(parts)
            file.flush()
            with contextlib.suppress(PermissionError):  # there are no permissions to be changed
                os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~0o222)
            share(file.fileno(), sharing)
            durable.sync_file(file.fileno(), fsync=fsync)
        rename(directory, temporary.encode(), name.encode())
        durable.sync_folder_at(directory, fsync=fsync)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise


def rename(directory: int, old: bytes, new: bytes) -> None:
    """Rename within an open directory; replaces a file or a link of that name, never follows one."""
    durable.before_step("rename")
    os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)


def replace(directory: int, old: bytes, new: bytes, still: Callable[[], bool]) -> bool:
    """Rename within an open directory if `still()`, asked right before, says that what is at `new` may go.

    Whether it was done. A change between the answer and the rename, which is the next system call, is not noticed.
    """
    durable.before_step("rename")
    if not still():
        return False
    os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)
    return True


def name(old_directory: int, old: bytes, new_directory: int, new: bytes) -> bool:
    """Give what is at `old` a name that nothing has; False when something has it. Never follows a link.

    A file or link is never put in the place of another; a directory may take the place of an empty one.
    """
    durable.before_step("rename")
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


def unlink(directory: int, name: bytes, still: Callable[[], bool]) -> bool:
    """Remove a file or link if `still()`, asked right before, says that it may go; whether it is gone."""
    durable.before_step("unlink")
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
