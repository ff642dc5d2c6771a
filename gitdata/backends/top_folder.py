"""The top folder of a directory remote: folders and files below it are opened here, and only as what they should be.

Others can write there too. So no link is followed below the top, and nothing but a regular file is opened as one: a
FIFO would make us wait for somebody at its other end, and to open a device may do something to it.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gitdata import durable, sharing
from gitdata.backends.base import NotAFile
from gitdata.descent import BELOW, READ, TOP
from gitdata.errors import AccessDenied, RemoteUnavailable
from gitdata.sharing import Sharing

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]


class TopFolder:
    """A folder by its path, which may lead through links; names below it are parts joined by `/`."""

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self.path = path
        self._fsync = fsync

    @property
    def sharing(self) -> Sharing:
        """Who may use what is made here: those who may use the top folder."""
        return sharing.by_folder(os.stat(self.path))

    @contextlib.contextmanager
    def of(self, name: str, *, make: bool = False) -> Iterator[int]:
        """The open folder that `name` lies in; with `make`, folders that are missing are made.

        Raises `FileNotFoundError`, `AccessDenied`, `NotAFile` where something else stands for a folder, and
        `RemoteUnavailable` when the top itself is none.
        """
        if make and not self.path.exists():
            durable.make_folder(self.path, sharing=_inherited(self.path), fsync=self._fsync)
        with contextlib.ExitStack() as stack:
            try:
                folder = os.open(self.path, TOP)
            except NotADirectoryError as error:
                raise RemoteUnavailable(
                    f"{self.path} is not a directory that can hold data", "see `git data remote list`"
                ) from error
            stack.callback(os.close, folder)
            parts = name.split("/")[:-1]
            for count, part in enumerate(parts, 1):
                path = "/".join(parts[:count])
                try:
                    inner = stack.enter_context(self.below(folder, part, path))
                except FileNotFoundError:
                    if not make:
                        raise
                    self._make(folder, part, path)
                    inner = stack.enter_context(self.below(folder, part, path))
                folder = inner
                if make:
                    sharing.widen(folder, self.sharing)
            yield folder

    @contextlib.contextmanager
    def below(self, folder: int, part: str, path: str) -> Iterator[int]:
        """The open folder `part` of an open one; `path` is its name below the top."""
        try:
            descriptor = os.open(part, BELOW, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
                raise
            seen = os.stat(part, dir_fd=folder, follow_symlinks=False)
            if error.errno == errno.EACCES:
                raise self._denied(seen, path) from error
            raise NotAFile(f"{path} in {self.path} is {_kind(seen)}, not a folder") from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def seen(self, folder: int, name: str) -> os.stat_result:
        """What is known of the regular file `name`, which lies in `folder`; `NotAFile` for anything else."""
        seen = os.stat(_last(name), dir_fd=folder, follow_symlinks=False)
        self._check(seen, name)
        return seen

    @contextlib.contextmanager
    def file(self, folder: int, name: str) -> Iterator[int]:
        """A descriptor to read the regular file `name`, which lies in `folder`; `NotAFile` for anything else."""
        self.seen(folder, name)
        try:
            descriptor = os.open(_last(name), READ, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # it has become something else meanwhile
                self.seen(folder, name)
            raise
        try:
            self._check(os.fstat(descriptor), name)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def changing(self, folder: int, name: str) -> Iterator[None]:
        """What is not allowed within the block is explained by the folder that `name` lies in."""
        try:
            yield
        except PermissionError as error:
            raise self._denied(os.fstat(folder), name.rpartition("/")[0]) from error

    def _make(self, folder: int, part: str, path: str) -> None:
        with self.changing(folder, path):
            durable.make_folder_at(folder, part, sharing=self.sharing, fsync=self._fsync)

    def _check(self, seen: os.stat_result, name: str) -> None:
        if not stat.S_ISREG(seen.st_mode):
            raise NotAFile(f"{name} in {self.path} is {_kind(seen)}, not a file")

    def _denied(self, seen: os.stat_result, path: str) -> AccessDenied:
        """Why nothing can be done in the folder `path`, which was `seen` to be so."""
        return AccessDenied(
            f"no permission for {path or 'the top folder'} in {self.path}, which belongs to {_owner(seen)}",
            f"its owner can share it with the group: chmod -R g+rwX {self.path}",
        )


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _inherited(folder: Path) -> Sharing:
    """For a top folder that is not there yet: as the one above it, if that was set up for a group, else as usual."""
    above = next((parent for parent in folder.parents if parent.is_dir()), None)
    seen = os.stat(above) if above is not None else None
    if seen is None or not seen.st_mode & stat.S_ISGID:
        return sharing.UMASK
    return sharing.by_folder(seen).without_strangers()


def _kind(seen: os.stat_result) -> str:
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(seen.st_mode), "a device")


def _owner(seen: os.stat_result) -> str:
    try:
        return pwd.getpwuid(seen.st_uid).pw_name
    except (AttributeError, KeyError):
        return f"user {seen.st_uid}"
