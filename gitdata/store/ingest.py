"""Ingest: content goes into new packs, which are published together or not at all."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from gitdata import durable
from gitdata.formats import frames
from gitdata.formats.chunking import cut
from gitdata.formats.pack import Recipe
from gitdata.formats.sizes import MINIMUM
from gitdata.ids import BlobId, ChunkId
from gitdata.progress import Progress
from gitdata.store import sources as reading
from gitdata.store.blocks import Block, blocks
from gitdata.store.catalog import Catalog
from gitdata.store.cutting import Hashing, Plain, by_size, plain_chunks, split
from gitdata.store.guide import Guide
from gitdata.store.packing import Finished, PackWriter
from gitdata.store.pools import Pools
from gitdata.store.sources import Pending, Problems, Source, Stored


class Piece(NamedTuple):
    """A chunk ready to be appended."""

    chunk: ChunkId
    stored: bytes | memoryview | None  # None: the store has it already
    raw: int  # bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read, cut and compressed."""

    stored: Stored
    pieces: list[Piece]


Task = Callable[[], list[Piece]]


class Ingest:
    """New content on its way into a store; made by `Store.ingest`."""

    def __init__(self, directory: Path, catalog: Catalog, progress: Progress, *, fsync: bool) -> None:
        self._directory, self._catalog, self._progress, self._fsync = directory, catalog, progress, fsync
        self._new: set[ChunkId] = set()
        self._first = catalog.empty()  # nothing to look up; what another process adds meanwhile is stored twice
        self._writer: PackWriter | None = None
        self._closing: list[Pending[Finished]] = []
        self._pools = Pools()
        # Two threads that open small files would only wait for each other at the interpreter's lock:
        # one reads while the other compresses.
        self._turn = threading.Lock()

    def add(self, data: bytes) -> BlobId:
        """Store content that is in memory (a tree, a link's target)."""
        blob = BlobId(blake3(data).digest())
        pieces = self._pieces(plain_chunks(data, blob))
        self._append(pieces)
        self._finish_blob(blob, len(data), [piece.chunk for piece in pieces])
        return blob

    def add_files(self, sources: Iterable[Source]) -> Iterator[Stored]:
        """Store files, in order; content that the store has is only read and hashed.

        Raises `FileChanging`, and at the end `Unreadable` naming every file that could not be read.
        """
        problems = Problems()

        def task(group: list[Source]) -> Callable[[], list[Prepared]]:
            return lambda: self._prepare(group, problems)

        small: list[list[Source]] = []
        for group in reading.grouped(sources):
            if group[0].size <= reading.SMALL:
                small.append(group)
                if len(small) >= 64:
                    yield from self._take(task(each) for each in small)
                    small = []
                continue
            yield from self._take(task(each) for each in small)
            small = []
            try:
                yield reading.retried(group[0], self._stream)
            except OSError as error:
                problems.add(group[0], error)
        yield from self._take(task(each) for each in small)
        problems.check()

    def add_frame(self, chunk: ChunkId, stored: bytes | memoryview, raw: int) -> None:
        """Store a frame that the caller has verified."""
        self._append([Piece(chunk, stored, raw)])

    def add_recipe(self, recipe: Recipe) -> None:
        """Store the recipe of a blob whose chunks are stored."""
        self._writer_for(0, len(recipe.chunks)).add_recipe(recipe)

    def _take(self, tasks: Iterable[Callable[[], list[Prepared]]]) -> Iterator[Stored]:
        waiting = list(tasks)
        # For one task no thread is worth being started.
        several = len(waiting) > 1
        for done in (
            reading.in_order(self._pools.workers, waiting, 3 * reading.THREADS) if several else map(_call, waiting)
        ):
            for item in done:
                self._append(item.pieces)
                self._finish_blob(item.stored.blob, item.stored.size, [piece.chunk for piece in item.pieces])
                yield item.stored

    def _prepare(self, group: list[Source], problems: Problems) -> list[Prepared]:
        """Read, hash, cut and compress some small files; runs on a worker thread."""
        with self._turn:
            read = _read(group, problems)
        plain = [plain_chunks(data, stored.blob) for stored, data in read]
        pieces = iter(self._pieces([chunk for chunks in plain for chunk in chunks]))
        self._progress.advance(sum(stored.size for stored, _data in read))
        pairs = zip(read, plain, strict=True)
        return [Prepared(stored, list(islice(pieces, len(chunks)))) for (stored, _data), chunks in pairs]

    def _pieces(self, plain: list[Plain]) -> list[Piece]:
        """Chunks compressed, unless they are known; safe on a worker thread."""
        known = set() if self._first else self._catalog.known_chunks(chunk for chunk, _view in plain)
        pieces = []
        doubtful = True
        for chunk, view in plain:
            stored = None
            if chunk not in known and chunk not in self._new:
                # What follows something that shrinks does so too, mostly; else a sample is tried first.
                stored = frames.compress(view, sample_first=doubtful)
                doubtful = stored is view
            pieces.append(Piece(chunk, stored, len(view)))
        return pieces

    def add_blocks(self, content: Iterable[Block], earlier: BlobId | None = None) -> tuple[BlobId, int]:
        """Store content that comes in blocks of some MiB, never whole in memory; its id and its size in bytes.

        It is cut along the `earlier` version, if there is one; the chunks are the same without.
        """
        hashing = Hashing(self._pools.hasher)
        size = 0
        chunks: list[ChunkId] = []
        for pieces in reading.in_order(self._pools.workers, self._tasks(content, hashing, self._guide(earlier)), 8):
            self._append(pieces)
            chunks += [piece.chunk for piece in pieces]
            count = sum(piece.raw for piece in pieces)
            size += count
            self._progress.advance(count)
        blob = hashing.blob()
        self._finish_blob(blob, size, chunks)
        return blob, size

    def flush(self) -> None:
        """Hand everything added so far to the file system: a full disk shows now."""
        if self._writer is not None:
            self._writer.flush()

    def _stream(self, source: Source) -> Stored:
        descriptor = source.open()
        try:
            before = reading.look(descriptor)
            blob, size = self.add_blocks(blocks(descriptor, self._pools.reader), source.earlier)
            after = reading.unchanged(before, descriptor, size)
        finally:
            os.close(descriptor)
        return Stored(source, blob, size, after)

    def _guide(self, earlier: BlobId | None) -> Guide | None:
        layout = self._catalog.layout(earlier) if earlier is not None else None
        if layout is None or len(layout[0]) < 2:
            return None
        *inner, last = layout[1]
        # What was cut by other rules is no guide.
        return Guide(*layout) if min(inner) > MINIMUM and last else None

    def _tasks(self, content: Iterable[Block], hashing: Hashing, guide: Guide | None) -> Iterator[Task]:
        """The content cut; what is left to do for each MiB or so of it."""
        carried = memoryview(b"")
        for block in chain(content, (Block(b""),)):  # nothing more to come: what is carried is the last chunk
            hashing.add(block.data)
            view, start, final = block.after(carried), 0, not block.data
            for size, task in self._guided(view, guide, final=final) if guide else self._unguided(view, final=final):
                start += size
                yield task
            carried = view[start:]

    def _unguided(self, view: memoryview, *, final: bool) -> Iterator[tuple[int, Task]]:
        start = 0
        for group in by_size(cut(view, final=final)):
            part = view[start : start + sum(group)]
            start += len(part)
            yield len(part), partial(self._named_pieces, part, group)

    def _guided(self, view: memoryview, guide: Guide, *, final: bool) -> Iterator[tuple[int, Task]]:
        for known, run in guide.runs(view, final=final):
            task = partial(_known_pieces, run) if known else partial(self._pieces, run)
            yield sum(len(chunk.view) for chunk in run), task

    def _named_pieces(self, part: memoryview, lengths: list[int]) -> list[Piece]:
        return self._pieces(split(part, lengths))

    def _append(self, pieces: Iterable[Piece]) -> None:
        for chunk, stored, raw in pieces:
            if stored is not None and chunk not in self._new:
                self._new.add(chunk)
                self._writer_for(len(stored)).append(chunk, stored, raw)

    def _finish_blob(self, blob: BlobId, size: int, chunks: list[ChunkId]) -> None:
        if len(chunks) > 1 and ChunkId(blob) not in self._new and not self._catalog.recipes([blob]):
            self._new.add(ChunkId(blob))
            self.add_recipe(Recipe(blob, size, tuple(chunks)))

    def _writer_for(self, stored: int, recipe_chunks: int = 0) -> PackWriter:
        if self._writer is not None and not self._writer.fits(stored, recipe_chunks):
            self._close_pack()
        if self._writer is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._writer = PackWriter(self._directory)
        return self._writer

    def _close_pack(self) -> None:
        """Flush a full pack to the disk while the next one is being filled."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._closing.append(self._pools.closer.submit(partial(writer.finish, fsync=self._fsync)))

    def finish(self) -> list[Finished]:
        """Everything that was added, as whole packs on the disk, not yet published."""
        if self._writer is not None and not self._closing:
            done = self._writer.finish(fsync=self._fsync)
            self._writer = None
            return [done]
        self._close_pack() if self._writer is not None else None
        return [future.result() for future in self._closing]

    def close(self) -> None:
        """End the threads and remove what was not published."""
        self._pools.close()
        if self._writer is not None:
            self._writer.discard()
        remove_directory(self._directory)


def _call(task: Callable[[], list[Prepared]]) -> list[Prepared]:
    return task()


def _known_pieces(run: list[Plain]) -> list[Piece]:
    return [Piece(chunk, None, len(view)) for chunk, view in run]


def _read(group: list[Source], problems: Problems) -> list[tuple[Stored, bytes]]:
    """Read and hash some small files."""
    read = []
    for source in group:
        try:
            data, after = reading.retried(source, reading.read_whole)
        except OSError as error:
            problems.add(source, error)
            continue
        read.append((Stored(source, BlobId(blake3(data).digest()), len(data), after), data))
    return read


def remove_directory(directory: Path) -> None:
    """Remove a directory of files; nothing happens when it is gone."""
    with contextlib.suppress(FileNotFoundError):
        for file in directory.iterdir():
            file.unlink(missing_ok=True)
        directory.rmdir()


def publish(finished: list[Finished], target: Callable[[Finished], Path], *, fsync: bool) -> None:
    """Give finished packs their names in the store."""
    for item in finished:
        final = target(item)
        final.parent.mkdir(parents=True, exist_ok=True)
        durable.publish(item.path, final, fsync=fsync)
