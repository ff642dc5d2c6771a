"""Writing packs: frames are appended, the table of contents closes the file."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.disk_errors import disk_errors
from gitdata.errors import CannotTrack
from gitdata.formats import pack
from gitdata.formats.pack import Frame, Recipe, Toc
from gitdata.ids import ChunkId, PackId
from gitdata.sharing import make_read_only

_BUFFER = 1 << 20  # bytes gathered before they are hashed and written


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole pack that has no name in a store or remote yet."""

    pack: PackId
    path: Path
    size: int  # bytes
    toc: Toc


class PackWriter:
    """One pack being written to a temporary file in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / f"{os.urandom(8).hex()}.pack"
        self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 - closed by finish or discard
        self._hasher = blake3()
        self._buffer = bytearray()
        self._frames: list[Frame] = []
        self._recipes: list[Recipe] = []
        self._offset = 0
        self._references = 0

    def fits(self, stored: int, recipe_chunks: int = 0) -> bool:
        """Whether a frame of `stored` bytes and a recipe of so many chunks still go into this pack."""
        table = pack.toc_size(len(self._frames) + 1, len(self._recipes) + 1, self._references + recipe_chunks)
        return self._offset + stored + table <= pack.LIMIT

    @property
    def empty(self) -> bool:
        """Whether nothing was added yet."""
        return not self._frames and not self._recipes

    def append(self, chunk: ChunkId, stored: bytes | memoryview, raw: int) -> None:
        """Add a frame; `stored` is what `frames.compress` gave for `raw` bytes."""
        self._frames.append(Frame(chunk, self._offset, len(stored), raw))
        self._offset += len(stored)
        self._buffer += stored
        if len(self._buffer) >= _BUFFER:
            self.flush()

    def add_recipe(self, recipe: Recipe) -> None:
        """Add the recipe of a blob; `CannotTrack` when it is too long for any pack."""
        if len(recipe.chunks) > pack.MAX_RECIPE:
            raise CannotTrack(
                f"a file of {recipe.size} bytes is too large: the limit is {pack.MAX_RECIPE:,} chunks (about 64 GiB)",
                "split it into smaller files",
            )
        self._recipes.append(recipe)
        self._references += len(recipe.chunks)

    def finish(self, *, fsync: bool = True) -> Finished:
        """Write the table, flush the file to the disk and close it."""
        toc = Toc(self._frames, self._recipes, os.urandom(pack.SALT_SIZE))
        table = pack.encode_toc(toc)
        self._buffer += table
        self._buffer += pack.trailer(table)
        self.flush()
        with self._file:
            durable.sync_file(self._file.fileno(), fsync=fsync)
        make_read_only(self.path)
        return Finished(PackId(self._hasher.digest()), self.path, self._offset + len(table) + pack.TRAILER_SIZE, toc)

    def discard(self) -> None:
        """Close and remove the unfinished file."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def flush(self) -> None:
        """Write what was gathered; raises `OutOfSpace`."""
        with disk_errors(str(self.path)):
            view = memoryview(self._buffer)
            self._hasher.update(view)
            while view:
                view = view[self._file.write(view) :]
        self._buffer = bytearray()
