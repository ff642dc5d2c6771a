"""Reading blobs back from packs: every chunk is verified before it is handed on."""

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from blake3 import blake3

from gitdata.disk_errors import in_words
from gitdata.errors import BadFormat, DataCorrupt, DataMissing
from gitdata.formats import frames
from gitdata.formats import pack as packs
from gitdata.formats.pack import Location, Toc
from gitdata.formats.sizes import USUAL
from gitdata.ids import BlobId, ChunkId, PackId, from_hex, short
from gitdata.store.pools import Pool, in_order
from gitdata.store.replaced_file import ReplacedFile

_OPEN_PACKS = 32
_TASK_CHUNKS = 16  # about 1 MiB
_TASKS_AHEAD = 6
_HELD = 8 << 20  # bytes of small frames that are read together


class Damaged(DataMissing):
    """Something was damaged in this store, and is not there any more."""

    default_hint = "`git data fetch` gets it again"


class PackFiles:
    """The packs of a directory, kept open while they are read; for any thread."""

    def __init__(self, path_of: Callable[[PackId], Path]) -> None:
        self._path_of = path_of
        self._open: OrderedDict[PackId, int] = OrderedDict()
        self._lock = threading.Lock()

    def frame(self, location: Location) -> bytes:
        """The stored bytes of a frame, not verified.

        Raises `DataMissing` when the pack is gone and `DataCorrupt` when it is cut off or cannot be read.
        """
        return self._read(location.pack, location.offset, location.stored)

    def frames(self, locations: Mapping[ChunkId, Location]) -> dict[ChunkId, memoryview]:
        """The stored bytes of many small frames, not verified, read together where they lie side by side.

        Nothing when they are more than can be held in memory. Raises as `frame` does.
        """
        if sum(location.stored for location in locations.values()) > _HELD:
            return {}
        found: dict[ChunkId, memoryview] = {}
        for run in _side_by_side(sorted(locations.items(), key=lambda item: (item[1].pack, item[1].offset))):
            first, last = run[0][1], run[-1][1]
            data = memoryview(self._read(first.pack, first.offset, last.offset + last.stored - first.offset))
            for chunk, (_pack, offset, stored, _raw) in run:
                found[chunk] = data[offset - first.offset : offset - first.offset + stored]
        return found

    def _read(self, pack: PackId, offset: int, length: int) -> bytes:
        if not (0 <= offset <= packs.LIMIT and 0 <= length <= packs.LIMIT):  # the catalog is wrong
            raise DataCorrupt(f"pack {short(pack)} has no such place")
        # The read stays under the lock: the descriptor could be closed by another thread otherwise.
        with self._lock:
            descriptor = self._descriptor(pack)
            try:
                data = os.pread(descriptor, length, offset)
            except OSError as error:  # what a disk says of a place that it cannot read
                raise DataCorrupt(f"pack {short(pack)} cannot be read: {in_words(error)}") from error
        if len(data) != length:
            raise DataCorrupt(f"pack {short(pack)} is cut off")
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


def _side_by_side(items: Sequence[tuple[ChunkId, Location]]) -> Iterator[list[tuple[ChunkId, Location]]]:
    """Runs of frames of one pack, one following the other."""
    run: list[tuple[ChunkId, Location]] = []
    for item in items:
        pack, offset = item[1].pack, item[1].offset
        if run and (run[-1][1].pack != pack or run[-1][1].offset + run[-1][1].stored != offset):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def verified(chunk: ChunkId, stored: bytes | memoryview, location: Location) -> bytes | memoryview:
    """The raw bytes of a chunk; raises `DataCorrupt` naming pack and chunk unless they are the right ones."""
    try:
        raw = frames.expand(stored, location.raw)
    except BadFormat as error:
        raise DataCorrupt(f"chunk {short(chunk)} in pack {short(location.pack)} is damaged: {error}") from error
    if blake3(raw).digest() != chunk:
        raise DataCorrupt(f"chunk {short(chunk)} in pack {short(location.pack)} is damaged")
    return raw


class Found(NamedTuple):
    """Where blobs lie."""

    recipes: dict[BlobId, tuple[ChunkId, ...]]  # of those that are several chunks; the others are a chunk of that name
    locations: Mapping[ChunkId, Location]  # of all their chunks


class Mending(Protocol):
    """Who is told of damage."""

    def forget_recipe(self, blob: BlobId) -> None:
        """A recipe is wrong."""

    def mended(self, chunk: ChunkId, location: Location) -> Location | None:
        """A chunk is not where it should lie: set the pack aside if it is that which is damaged.

        Where the chunk lies now; None when it is nowhere any more.
        """


class Batch:
    """Blobs that were looked up together; small ones that lie side by side are read together too."""

    def __init__(self, files: PackFiles, found: Found, mending: "Mending") -> None:
        self._files, self._recipes, self._locations = files, found.recipes, found.locations
        self._mending = mending
        self._held: dict[ChunkId, memoryview] = {}
        if len(found.locations) > 1:
            with contextlib.suppress(DataCorrupt, DataMissing):  # shows again when that one is read
                self._held = self._files.frames(found.locations)

    def chunks(
        self, blob: BlobId, pool: Pool | None = None, beside: ReplacedFile | None = None, *, size: int | None = None
    ) -> Iterator[bytes | memoryview]:
        """The content of a blob, chunk by chunk, each verified; the last comes only when the whole is right.

        With a `pool` its threads read, expand and verify ahead, and some chunks come together, from the
        file `beside` where it has them. Raises `DataMissing` and `DataCorrupt`; when it does not come to the
        `size` that it should have before anything comes, so never more than that comes.
        """
        recipe = self._recipes.get(blob, (ChunkId(blob),))
        if size is not None:
            self._check_size(blob, recipe, size)
        if len(recipe) == 1:
            yield self._chunk(recipe[0], blob)
            return
        hasher = blake3()
        step = self._together(recipe) if pool else 1
        found = (
            self._ahead(recipe, step, blob, pool, beside) if pool else (self._chunk(chunk, blob) for chunk in recipe)
        )
        for number, raw in enumerate(found, 1):
            hasher.update(raw)
            if number * step >= len(recipe) and hasher.digest() != blob:
                # It came from a remote that lied. Forgotten, it can be fetched again.
                self._mending.forget_recipe(blob)
                raise DataCorrupt(f"the chunks of {short(blob)} do not make up its content")
            yield raw

    def _check_size(self, blob: BlobId, recipe: Sequence[ChunkId], size: int) -> None:
        # A chunk never has other lengths than those that its location says.
        found = [where.raw for chunk in recipe if (where := self._locations.get(chunk)) is not None]
        if len(found) == len(recipe) and sum(found) != size:
            raise DataCorrupt(
                f"the content of {short(blob)} has {sum(found)} bytes, {size} by what names it",
                "it was not made by git-data; go back to a version that was",
            )

    def _together(self, recipe: Sequence[ChunkId]) -> int:
        """How many chunks of a recipe are read at once: those of a huge file are large."""
        longest = max((where.raw for chunk in recipe if (where := self._locations.get(chunk)) is not None), default=0)
        return _TASK_CHUNKS if longest <= USUAL.maximum else 1

    def _ahead(
        self, recipe: Sequence[ChunkId], step: int, blob: BlobId, pool: Pool, beside: ReplacedFile | None
    ) -> Iterator[bytes | memoryview]:
        """The chunks of a recipe in order, joined to about a MiB, some made ready before they are asked for."""

        def read(part: Sequence[ChunkId]) -> bytes | memoryview:
            # To hash and write few large pieces costs less than to take the interpreter's lock for each chunk.
            found = beside.run(part) if beside else None
            return b"".join(self._chunk(chunk, blob) for chunk in part) if found is None else found

        parts = (recipe[start : start + step] for start in range(0, len(recipe), step))
        return in_order(pool, (partial(read, part) for part in parts), _TASKS_AHEAD)

    def _chunk(self, chunk: ChunkId, blob: BlobId) -> bytes | memoryview:
        location = self._locations.get(chunk)
        if location is None:
            raise DataMissing(f"{short(blob)} is not in this clone", "bring it with `git data fetch`")
        stored = self._held.get(chunk)
        if stored is not None:
            with contextlib.suppress(DataCorrupt):
                return verified(chunk, stored, location)
        return read_chunk(self._files, self._mending, chunk, location).raw


class Read(NamedTuple):
    """A chunk as it lies in a pack, verified."""

    location: Location
    stored: bytes
    raw: bytes | memoryview


def read_chunk(files: PackFiles, mending: "Mending", chunk: ChunkId, location: Location) -> Read:
    """A chunk from where it should lie or, when it is not there as it should be, from where it is then.

    What is damaged is set aside. Raises `Damaged` when the store has not got the chunk any more, `DataCorrupt` and
    `DataMissing` in a store that may not be written.
    """
    try:
        stored = files.frame(location)
        return Read(location, stored, verified(chunk, stored, location))
    except (DataCorrupt, DataMissing) as error:
        there = mending.mended(chunk, location)
        if there == location:
            raise
        if there is None:
            raise Damaged(str(error)) from error
    return read_chunk(files, mending, chunk, there)


def read_pack_table(path: Path) -> bytes:
    """The table of contents of a pack file, encoded; its hash is checked. Raises `BadFormat`, `FileNotFoundError`."""
    return _table(path)[0]


def read_checked_table(path: Path) -> bytes:
    """The table of contents of a pack file, encoded and checked; raises `BadFormat`, `FileNotFoundError`."""
    table, start = _table(path)
    stored = packs.stored_in(table)
    packs.recipes_in(table)
    if packs.frame_count(table) and stored != start:
        raise BadFormat("the frames of a pack do not fill it")
    return table


def read_pack_toc(path: Path) -> Toc:
    """The checked table of contents of a pack file; raises `BadFormat`, `FileNotFoundError`."""
    return packs.decode_toc(read_checked_table(path))


def _table(path: Path) -> tuple[bytes, int]:
    """An encoded table, and where in the file it begins."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - packs.TRAILER_SIZE))
        length, digest = packs.parse_trailer(file.read())
        start = size - packs.TRAILER_SIZE - length
        if start < 0:
            raise BadFormat("a pack is cut off")
        file.seek(start)
        table = file.read(length)
    packs.check_table(table, digest)
    return table, start


def pack_files(directory: Path) -> dict[PackId, Path]:
    """The files below `directory` that have the name of a pack."""
    found = {}
    for folder in directory.iterdir() if directory.is_dir() else ():
        for file in folder.iterdir() if folder.is_dir() else ():
            with contextlib.suppress(ValueError):
                if file.suffix == ".pack":
                    found[PackId(from_hex(file.stem))] = file
    return found
