"""The way down from a directory: every one below it is opened relative to the one above, and no link is followed.

Who can write to a work tree can put a link in the place of a directory between any two steps of ours. Where names count
from an open directory that leads nowhere else: what was opened is what was below the top then.
"""

import errno
import os
import stat
import sys
import threading

# How a directory is opened at the top, how one below it, and how a file is.
TOP = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
BELOW = TOP | getattr(os, "O_NOFOLLOW", 0)
_SEARCHED = getattr(os, "O_PATH", 0)  # what is to be gone through and may not be listed
READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KEPT = 16  # directories on the way that stay open; below them only the last one does


def named(entry: "os.DirEntry[str]", encoding: str = sys.getfilesystemencoding()) -> bytes:
    """The name of something in a directory that is read by its descriptor, which gives no bytes."""
    return entry.name.encode(encoding, "surrogateescape")


def open_top(top: bytes) -> int:
    """A descriptor of the directory at an absolute path, on the way to which links may be."""
    return os.open(top, TOP)


def open_below(parent: int, name: bytes) -> int:
    """A descriptor of the directory `name` in an open one.

    Raises `FileNotFoundError`, and `NotADirectoryError` for a link or anything else that is none.
    """
    try:
        return os.open(name, BELOW, dir_fd=parent)
    except PermissionError:
        if not _SEARCHED:
            raise
        return os.open(name, BELOW | _SEARCHED, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            raise NotADirectoryError(errno.ENOTDIR, "a directory on the way to it is none any more") from error
        raise


class _Way:
    """The directories that are open from the top down to one of them; closed when nobody refers to it any more."""

    def __init__(self, top: bytes) -> None:
        self.path = b""  # of the last one
        self._names: list[bytes] = []
        self._open: list[int] = []  # the top, and the first of those below it
        self.last = open_top(top)
        self._open.append(self.last)

    def go(self, path: bytes) -> int:
        """Open the directory `path` instead of the last one."""
        names = path.split(b"/") if path else []
        same = 0
        for one, other in zip(self._names, names, strict=False):
            if one != other:
                break
            same += 1
        if same < len(self._names):
            self._up(min(same, _KEPT))
        for name in names[len(self._names) :]:
            self._down(name)
        self.path = path
        return self.last

    def _down(self, name: bytes) -> None:
        inner = open_below(self.last, name)
        if len(self._open) <= _KEPT:
            self._open.append(inner)
        elif len(self._names) > _KEPT:
            os.close(self.last)
        self._names.append(name)
        self.last = inner
        self.path = b"/".join(self._names)

    def _up(self, count: int) -> None:
        """Leave only the first `count` directories below the top open."""
        if len(self._names) > _KEPT:
            os.close(self.last)
        while len(self._open) > count + 1:
            os.close(self._open.pop())
        del self._names[count:]
        self.last, self.path = self._open[-1], b"/".join(self._names)

    def __del__(self) -> None:
        if len(self._names) > _KEPT:
            os.close(self.last)
        for descriptor in self._open:
            os.close(descriptor)


class Descent:
    """What lies below a directory, by paths relative to it, `/`-separated; each thread goes its own way down.

    For one piece of work: what was opened once is not looked up again. Nothing is open before something is asked for.
    Raises `OSError` as the system does, `NotADirectoryError` where a link or a file is in the place of a directory.
    """

    __slots__ = ("_ways", "top")

    def __init__(self, top: bytes) -> None:
        self.top = top
        self._ways = threading.local()

    def directory(self, path: bytes) -> int:
        """A descriptor of a directory, to be used before this thread asks for another one, and not closed."""
        way: _Way | None = getattr(self._ways, "way", None)
        if way is None:
            way = self._ways.way = _Way(self.top)
        return way.last if way.path == path else way.go(path)

    def entries(self, path: bytes) -> "os._ScandirIterator[str]":
        """What is in a directory, as `os.scandir` has it, but names are text (`named`); used like `directory`."""
        try:
            return os.scandir(self.directory(path))
        except OSError as error:
            if error.errno == errno.EBADF:  # it may be gone through, but not listed
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from error
            raise

    def status(self, path: bytes) -> os.stat_result:
        """What is known of whatever is at `path`, also of a link itself."""
        folder, _, name = path.rpartition(b"/")
        return os.stat(name, dir_fd=self.directory(folder), follow_symlinks=False)

    def is_directory(self, path: bytes) -> bool:
        """Whether a directory is there; the top, where `path` is empty, is one."""
        try:
            return not path or stat.S_ISDIR(self.status(path).st_mode)
        except OSError:
            return False

    def target(self, path: bytes) -> bytes:
        """Where a link leads."""
        folder, _, name = path.rpartition(b"/")
        return os.readlink(name, dir_fd=self.directory(folder))

    def open(self, path: bytes) -> int:
        """A fresh descriptor to read a file, which the caller closes; never waits for somebody at its other end."""
        folder, _, name = path.rpartition(b"/")
        return os.open(name, READ, dir_fd=self.directory(folder))
