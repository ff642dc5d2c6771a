"""Writing packs: frames are appended, the table of contents closes the file."""

import contextlib
import os
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.disk_errors import disk_errors
from gitdata.errors import CannotTrack
from gitdata.formats import pack
from gitdata.formats.pack import Columns, Recipe
from gitdata.ids import ChunkId, PackId
from gitdata.sharing import make_read_only
from gitdata.store.pools import Pending, Pool
from gitdata.values import frozen

_BUFFER = 1 << 20  # bytes gathered before they are hashed and written
_AHEAD = 4  # gatherings that may wait for that


@frozen
class Finished:
    """A whole pack that has no name in a store or remote yet."""

    pack: PackId
    path: Path
    size: int  # bytes


class PackWriter:
    """One pack being written to a temporary file in `directory`; on `thread`, a pool's only one, if it is given."""

    def __init__(self, directory: Path, thread: Pool | None = None) -> None:
        self.path = directory / f"{os.urandom(8).hex()}.pack"
        self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 - closed by finish or discard
        self._hasher = blake3()
        self._thread = thread
        self._writing: deque[Pending[None]] = deque()
        self._parts: list[bytes | memoryview] = []
        self._gathered = 0  # bytes in `_parts`
        self._frames = Columns()
        self._recipes: list[Recipe] = []
        self._offset = 0
        self._references = 0

    def fits(self, stored: int, recipe_chunks: int = 0, frames: int = 1) -> bool:
        """Whether some frames, `stored` bytes together, and a recipe of so many chunks still go into this pack."""
        table = pack.toc_size(
            len(self._frames.stored) + frames, len(self._recipes) + 1, self._references + recipe_chunks
        )
        return self._offset + stored + table <= pack.LIMIT

    @property
    def empty(self) -> bool:
        """Whether nothing was added yet."""
        return not self._frames.stored and not self._recipes

    def append(self, chunk: ChunkId, stored: bytes | memoryview, raw: int) -> None:
        """Add a frame; `stored` is what `frames.compress` gave for `raw` bytes."""
        self._frames.add(chunk, len(stored), raw)
        self._add(stored)

    def append_run(self, chunks: Sequence[tuple[ChunkId, int]], plain: memoryview) -> None:
        """Add the frames of consecutive chunks, with their lengths in bytes, that are stored as they are: `plain`."""
        if self._gathered:
            self._hand_over()  # so that what is long need not be copied
        for chunk, length in chunks:
            self._frames.add(chunk, length, length)
        self._add(plain)

    def _add(self, stored: bytes | memoryview) -> None:
        self._offset += len(stored)
        self._parts.append(stored)
        self._gathered += len(stored)
        if self._gathered >= _BUFFER:
            self._hand_over()

    def add_recipe(self, recipe: Recipe) -> None:
        """Add the recipe of a blob; `CannotTrack` when it is too long for any pack."""
        if len(recipe.chunks) > pack.MAX_RECIPE:
            raise CannotTrack(
                f"a file of {recipe.size} bytes is too large: {pack.MAX_RECIPE:,} chunks are the limit",
                "split it into smaller files",
            )
        self._recipes.append(recipe)
        self._references += len(recipe.chunks)

    def finish(self, *, fsync: bool = True) -> Finished:
        """Write the table, flush the file to the disk and close it."""
        table = pack.encode_table(self._frames, self._recipes, os.urandom(pack.SALT_SIZE))
        self._frames = Columns()  # in a pack of small files as large as the content
        self._parts += (table, pack.trailer(table))
        self.flush()
        with self._file, disk_errors(str(self.path)):
            durable.sync_file(self._file.fileno(), fsync=fsync)
        make_read_only(self.path)
        return Finished(PackId(self._hasher.digest()), self.path, self._offset + len(table) + pack.TRAILER_SIZE)

    def discard(self) -> None:
        """Close and remove the unfinished file."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def flush(self) -> None:
        """Write what was gathered; raises `OutOfSpace`."""
        self._wait(0)
        parts, self._parts, self._gathered = self._parts, [], 0
        self._write(parts)

    def _hand_over(self) -> None:
        if self._thread is None:
            self.flush()
            return
        parts, self._parts, self._gathered = self._parts, [], 0
        self._writing.append(self._thread.submit(partial(self._write, parts)))
        self._wait(_AHEAD)

    def _wait(self, most: int) -> None:
        while len(self._writing) > most:
            self._writing.popleft().result()

    def _write(self, parts: Sequence[bytes | memoryview]) -> None:
        # As one: each call that releases the interpreter's lock may have to wait until it gets it back.
        view = memoryview(parts[0] if len(parts) == 1 else b"".join(parts))
        with disk_errors(str(self.path)):
            self._hasher.update(view)
            while view:
                view = view[self._file.write(view) :]
