"""A backend in a directory: a network share, a mounted disk, or a place to try things out.

What is made below the top folder takes its permissions and its group, whatever the umask says (top_folder.py).
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from gitdata import durable, durable_at
from gitdata.backends import left_behind
from gitdata.backends.base import FILE_LIMIT, NotStored, check_name, is_name, short_read, too_large
from gitdata.backends.top_folder import TopFolder
from gitdata.disk_errors import explain
from gitdata.errors import AccessDenied, OutOfSpace, RemoteUnavailable

_BLOCK = 1 << 20
_TRIES = 5
Look = Callable[["os.DirEntry[str]"], int]


class DirectoryBackend:
    """Files below `root`, which is made by the first `put`."""

    def __init__(self, root: Path, *, fsync: bool = True) -> None:
        self._root = root
        self._top = TopFolder(root, fsync=fsync)
        self._fsync = fsync
        self._cleared: set[str] = set()

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`. Written under a temporary name in the same folder, flushed, renamed; read-only."""
        check_name(name)
        for left in reversed(range(_TRIES)):
            try:
                if isinstance(data, bytes):
                    return self._put(name, len(data), [data])
                with open(data, "rb") as source:
                    blocks = iter(partial(source.read, _BLOCK), b"")
                    return self._put(name, os.fstat(source.fileno()).st_size, blocks)
            except NotStored:  # the folder is another one now: two have made it at the same moment
                if not left:
                    raise
        return None

    def _put(self, name: str, size: int, parts: Iterable[bytes]) -> None:
        with self._explained(name), self._top.of(name, make=True) as folder:
            with contextlib.suppress(FileNotFoundError):
                if self._top.seen(folder, name).st_size == size:
                    # A repeated put costs next to nothing; who made it may have been stopped before it was flushed.
                    durable.sync_folder_at(folder, fsync=self._fsync)
                    return
            with self._top.changing(folder, name):
                above, _slash, last = name.rpartition("/")
                if above not in self._cleared:
                    self._cleared.add(above)
                    with contextlib.suppress(OSError):
                        left_behind.clear(folder)
                durable_at.write(folder, last, parts, sharing=self._top.sharing, fsync=self._fsync)

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """See `Backend`."""
        check_name(name)
        with self._explained(name), self._top.of(name) as folder, self._top.file(folder, name) as descriptor:
            rest = max(0, os.fstat(descriptor).st_size - start)
            if length is None and rest > limit:
                raise too_large(name, str(self._root), limit)
            with open(descriptor, "rb", closefd=False) as file:
                file.seek(start)
                # Never more than is there: memory is taken for as much as is asked for.
                data = file.read(rest + 1 if length is None else min(length, rest))
        if len(data) != (rest if length is None else length):  # not all is there, or more comes just now
            raise short_read(name)
        return data

    def size(self, name: str) -> int:
        """See `Backend`."""
        check_name(name)
        with self._explained(name), self._top.of(name) as folder:
            return self._top.seen(folder, name).st_size

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        return iter(sorted(name for name, _size in self._listed(prefix, None)))

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Backend`. What is no file is left out."""
        return dict(self._listed(prefix, lambda entry: entry.stat(follow_symlinks=False).st_size))

    def _listed(self, prefix: str, look: Look | None) -> list[tuple[str, int]]:
        base = prefix[: prefix.rfind("/") + 1]
        try:
            with self._explained(prefix), self._top.of(base) as folder:
                return list(self._walk(folder, base, prefix, look))
        except NotStored:
            return []

    def _walk(self, folder: int, base: str, prefix: str, look: Look | None) -> Iterator[tuple[str, int]]:
        with os.scandir(folder) as entries:
            found = list(entries)
        for entry in found:
            name = base + entry.name
            concerns = name.startswith(prefix) or prefix.startswith(f"{name}/")
            if not concerns or not is_name(name) or entry.name.startswith(durable.TEMPORARY):
                continue
            if entry.is_dir(follow_symlinks=False):
                # Folders may vanish while we look.
                with contextlib.suppress(FileNotFoundError), self._top.below(folder, entry.name, name) as inner:
                    yield from self._walk(inner, f"{name}/", prefix, look)
            elif entry.is_file(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):
                    yield name, look(entry) if look is not None else 0
            elif look is None:
                with contextlib.suppress(FileNotFoundError):
                    self._top.seen(folder, name)

    def delete(self, name: str) -> None:
        """See `Backend`."""
        check_name(name)
        with contextlib.suppress(NotStored), self._explained(name), self._top.of(name) as folder:
            durable.before_step("unlink")
            with self._top.changing(folder, name):
                os.unlink(name.rpartition("/")[2], dir_fd=folder)

    def clear(self, prefix: str) -> int:
        """See `Backend`."""
        with contextlib.suppress(NotStored), self._explained(prefix), self._top.of(prefix) as folder:
            return self._clear(folder, prefix)
        return 0

    def _clear(self, folder: int, base: str) -> int:
        count = left_behind.clear(folder)
        with os.scandir(folder) as entries:
            inner = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and is_name(entry.name)]
        for name in inner:
            with contextlib.suppress(FileNotFoundError), self._top.below(folder, name, base + name) as there:
                count += self._clear(there, f"{base}{name}/")
        return count

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise NotStored(f"{name} is not in {self._root}") from None
        except PermissionError as error:
            raise AccessDenied(f"no permission for {name} in {self._root}", "ask its owner for access") from error
        except OSError as error:
            told = explain(error, f"{name} in {self._root}")
            raise told if isinstance(told, OutOfSpace) else RemoteUnavailable(str(told), told.hint) from error
