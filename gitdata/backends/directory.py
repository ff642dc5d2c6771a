"""A backend in a directory: a network share, a mounted disk, or a place to try things out."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from gitdata import durable
from gitdata.backends.base import NotStored, check_name, short_read
from gitdata.errors import AccessDenied, RemoteUnavailable

_TEMPORARY = ".tmp-"
_NOFOLLOW = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class DirectoryBackend:
    """Files below `root`, which is made by the first `put`."""

    def __init__(self, root: Path, *, fsync: bool = True) -> None:
        self._root = root
        self._fsync = fsync

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`. Written under a temporary name in the same folder, flushed, renamed."""
        final = self._path(name)
        with self._explained(name), durable.disk_errors(str(final)):
            if self._is_whole(final, data):
                return
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary = final.with_name(durable.temporary_name(_TEMPORARY))
            try:
                with open(temporary, "xb") as file:
                    if isinstance(data, bytes):
                        file.write(data)
                    else:
                        with open(data, "rb") as source:
                            shutil.copyfileobj(source, file, 1 << 20)
                    file.flush()
                    durable.sync_file(file.fileno(), fsync=self._fsync)
                durable.publish(temporary, final, fsync=self._fsync)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    @staticmethod
    def _is_whole(final: Path, data: bytes | Path) -> bool:
        """Whether the file is there already: a repeated put costs nothing."""
        try:
            return final.stat().st_size == (len(data) if isinstance(data, bytes) else data.stat().st_size)
        except FileNotFoundError:
            return False

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Backend`."""
        with self._explained(name):
            descriptor = os.open(self._path(name), _NOFOLLOW)
            with open(descriptor, "rb") as file:
                file.seek(start)
                data = file.read() if length is None else file.read(length)
        if length is not None and len(data) != length:
            raise short_read(name)
        return data

    def size(self, name: str) -> int:
        """See `Backend`."""
        with self._explained(name):
            return os.stat(self._path(name), follow_symlinks=False).st_size

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        folder = prefix.rpartition("/")[0]
        start = self._root / folder if folder else self._root
        found = []
        with self._explained(prefix):
            for directory, _folders, files in os.walk(start):
                base = os.path.relpath(directory, self._root).replace(os.sep, "/")
                base = "" if base == "." else f"{base}/"
                found += [base + file for file in files if not file.startswith(_TEMPORARY)]
        return iter(sorted(name for name in found if name.startswith(prefix)))

    def delete(self, name: str) -> None:
        """See `Backend`."""
        path = self._path(name)
        with self._explained(name), contextlib.suppress(FileNotFoundError):
            durable.before_step("unlink")
            path.unlink()

    def _path(self, name: str) -> Path:
        check_name(name)
        return self._root / name

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise NotStored(f"{name} is not in {self._root}") from None
        except (NotADirectoryError, IsADirectoryError) as error:
            raise RemoteUnavailable(
                f"{self._root} is not a directory that can hold data", "see `git data remote list`"
            ) from error
        except PermissionError as error:
            raise AccessDenied(f"no permission for {self._root}", "ask its owner for access") from error
