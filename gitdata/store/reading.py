"""Reading blobs back from packs: every chunk is verified before it is handed on."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from blake3 import blake3

from gitdata.errors import BadFormat, DataCorrupt, DataMissing
from gitdata.formats import frames
from gitdata.formats import pack as packs
from gitdata.formats.pack import Location, Toc
from gitdata.ids import BlobId, ChunkId, PackId, short
from gitdata.store.beside import Beside
from gitdata.store.pools import Pool, in_order

_OPEN_PACKS = 32
_TASK_CHUNKS = 16  # about 1 MiB
_TASKS_AHEAD = 6


class PackFiles:
    """The packs of a directory, kept open while they are read; for any thread."""

    def __init__(self, path_of: Callable[[PackId], Path]) -> None:
        self._path_of = path_of
        self._open: OrderedDict[PackId, int] = OrderedDict()
        self._lock = threading.Lock()

    def frame(self, location: Location) -> bytes:
        """The stored bytes of a frame, not verified. Raises `DataMissing` when the pack is gone."""
        # The read stays under the lock: the descriptor could be closed by another thread otherwise.
        with self._lock:
            data = os.pread(self._descriptor(location.pack), location.stored, location.offset)
        if len(data) != location.stored:
            raise DataCorrupt(f"pack {short(location.pack)} is cut off")
        return data

    def _descriptor(self, pack: PackId) -> int:
        descriptor = self._open.get(pack)
        if descriptor is None:
            try:
                descriptor = os.open(self._path_of(pack), os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                raise DataMissing(
                    f"pack {short(pack)} is gone from the store", "`git data fetch` gets it again"
                ) from None
            self._open[pack] = descriptor
            if len(self._open) > _OPEN_PACKS:
                os.close(self._open.popitem(last=False)[1])
        else:
            self._open.move_to_end(pack)
        return descriptor

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()


def verified(chunk: ChunkId, stored: bytes, location: Location) -> bytes | memoryview:
    """The raw bytes of a chunk; raises `DataCorrupt` naming pack and chunk unless they are the right ones."""
    try:
        raw = frames.expand(stored, location.raw)
    except BadFormat as error:
        raise DataCorrupt(f"chunk {short(chunk)} in pack {short(location.pack)} is damaged: {error}") from error
    if blake3(raw).digest() != chunk:
        raise DataCorrupt(f"chunk {short(chunk)} in pack {short(location.pack)} is damaged")
    return raw


@dataclass(frozen=True, slots=True)
class Batch:
    """Blobs that were looked up together."""

    files: PackFiles
    recipes: Mapping[BlobId, tuple[ChunkId, ...]]
    locations: Mapping[ChunkId, Location]
    forget: Callable[[BlobId], None]  # told of a recipe that is wrong

    def chunks(
        self, blob: BlobId, pool: Pool | None = None, beside: Beside | None = None
    ) -> Iterator[bytes | memoryview]:
        """The content of a blob, chunk by chunk, each verified; the last comes only when the whole is right.

        With a `pool` its threads read, expand and verify ahead, and some chunks come together, from the
        file `beside` where it has them. Raises `DataMissing` and `DataCorrupt`.
        """
        recipe = self.recipes.get(blob, (ChunkId(blob),))
        if len(recipe) == 1:
            yield self._chunk(recipe[0], blob)
            return
        hasher = blake3()
        step = _TASK_CHUNKS if pool else 1
        found = self._ahead(recipe, blob, pool, beside) if pool else (self._chunk(chunk, blob) for chunk in recipe)
        for number, raw in enumerate(found, 1):
            hasher.update(raw)
            if number * step >= len(recipe) and hasher.digest() != blob:
                # It came from a remote that lied. Forgotten, it can be fetched again.
                self.forget(blob)
                raise DataCorrupt(f"the chunks of {short(blob)} do not make up its content")
            yield raw

    def _ahead(
        self, recipe: Sequence[ChunkId], blob: BlobId, pool: Pool, beside: Beside | None
    ) -> Iterator[bytes | memoryview]:
        """The chunks of a recipe in order, joined to about a MiB, some made ready before they are asked for."""

        def read(part: Sequence[ChunkId]) -> bytes | memoryview:
            # To hash and write few large pieces costs less than to take the interpreter's lock for each chunk.
            found = beside.run(part) if beside else None
            return b"".join(self._chunk(chunk, blob) for chunk in part) if found is None else found

        parts = (recipe[start : start + _TASK_CHUNKS] for start in range(0, len(recipe), _TASK_CHUNKS))
        return in_order(pool, (partial(read, part) for part in parts), _TASKS_AHEAD)

    def _chunk(self, chunk: ChunkId, blob: BlobId) -> bytes | memoryview:
        location = self.locations.get(chunk)
        if location is None:
            raise DataMissing(f"{short(blob)} is not in this clone", "bring it with `git data fetch`")
        return verified(chunk, self.files.frame(location), location)


def read_pack_toc(path: Path) -> Toc:
    """The checked table of contents of a pack file; raises `BadFormat`, `FileNotFoundError`."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - packs.TRAILER_SIZE))
        length, digest = packs.parse_trailer(file.read())
        start = size - packs.TRAILER_SIZE - length
        if start < 0:
            raise BadFormat("a pack is cut off")
        file.seek(start)
        toc = packs.read_toc(file.read(length), digest)
    if toc.frames and toc.frames[-1].offset + toc.frames[-1].stored != start:
        raise BadFormat("the frames of a pack do not fill it")
    return toc
