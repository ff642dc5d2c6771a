"""Reading of files that are small by definition, and that somebody else may have put there.

Settings and rules of a work tree are whatever Git has written: a link out of the repository or to an
endless device, a FIFO that nobody writes to, a sparse file of terabytes. So none is opened but by `small`.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gitdata.disk_errors import reason
from gitdata.errors import BadFormat, GitDataError

_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_FOLDER = _OPEN | _NOFOLLOW | getattr(os, "O_DIRECTORY", 0)
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def small(path: Path, limit: int, what: str, *, top: Path | None = None) -> bytes | None:
    """The content of a regular file of at most `limit` bytes; None when there is no such file.

    Never follows a link, never waits, never reads more than `limit` bytes and one. With `top`, a folder
    above `path`, no folder between the two may be a link either; without it only the file itself is
    looked at. `what` names the file for people. Raises `BadFormat` for what is no regular file or is
    larger, `GitDataError` for what cannot be read.
    """
    try:
        with _folder(path, top) as folder:
            name = path.name if folder is not None else path
            _check(os.stat(name, dir_fd=folder, follow_symlinks=False), limit, what)
            # Looked at once more when it is open: it may have been replaced meanwhile.
            descriptor = os.open(name, _OPEN | _NOFOLLOW | _NONBLOCK, dir_fd=folder)
        with open(descriptor, "rb") as file:
            size = _check(os.fstat(descriptor), limit, what)
            data = file.read(size + 1)  # memory is taken for as much as is asked for
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GitDataError(
            f"cannot read {what}: {reason(error)}", "make it a regular file that you can read"
        ) from error
    if len(data) > limit:
        raise _too_large(limit, what)
    return data


@contextlib.contextmanager
def _folder(path: Path, top: Path | None) -> Iterator[int | None]:
    """The open folder that holds `path`, reached from `top` without following a link; None without `top`."""
    if top is None:
        yield None
        return
    folder = os.open(top, _OPEN | getattr(os, "O_DIRECTORY", 0))
    try:
        for part in path.relative_to(top).parts[:-1]:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def _check(found: os.stat_result, limit: int, what: str) -> int:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no regular file")
        raise BadFormat(f"{what} is {kind}, which is not read", "make it a regular file, or remove it")
    if found.st_size > limit:
        raise _too_large(limit, what)
    return found.st_size


def _too_large(limit: int, what: str) -> BadFormat:
    return BadFormat(f"{what} is larger than {limit} bytes", "shorten it")
