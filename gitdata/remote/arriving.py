"""Packs on their way from a remote: files that several threads fill, each at its place."""

import contextlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from types import TracebackType

from gitdata.durable import make_folder, temporary_name
from gitdata.ids import PackId


class Arriving:
    """The packs that arrive in a folder; a context manager, after which what was not taken from there is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[PackId, FileIO] = {}
        self._paths: dict[PackId, Path] = {}

    def __enter__(self) -> "Arriving":  # noqa: PYI034 - Self needs Python 3.11
        make_folder(self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another fetch has its packs there
            self._folder.rmdir()

    def piece(self, pack: PackId, start: int, read: Callable[[], bytes]) -> Callable[[], bytes]:
        """A task that reads a piece of `pack`, puts it to byte `start` of its file, and returns it."""
        if pack not in self._files:
            self._paths[pack] = self._folder / temporary_name("")
            self._files[pack] = open(self._paths[pack], "xb", buffering=0)  # noqa: SIM115 - closed by `finish`
        file = self._files[pack]

        def run() -> bytes:
            data = read()
            view, position = memoryview(data), start
            while view:
                written = os.pwrite(file.fileno(), view, position)
                view, position = view[written:], position + written
            return data

        return run

    def finish(self, pack: PackId) -> Path:
        """The file of a pack all of whose pieces are there."""
        self._files.pop(pack).close()
        return self._paths[pack]
