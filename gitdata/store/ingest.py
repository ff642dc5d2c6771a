"""Ingest: content goes into new packs, which are published together, when they are whole."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from blake3 import blake3

from gitdata import durable, interrupts
from gitdata.errors import GitDataError
from gitdata.formats.pack import Recipe
from gitdata.formats.sizes import USUAL, Sizes, sizes_of
from gitdata.ids import BlobId, ChunkId
from gitdata.progress import UNSEEN, Progress, Step
from gitdata.store import large
from gitdata.store import sources as reading
from gitdata.store.blocks import Block, blocks
from gitdata.store.catalog import Catalog
from gitdata.store.cutting import Hashing, plain_chunks
from gitdata.store.new_packs import NewPacks, Piece
from gitdata.store.packing import Finished
from gitdata.store.pools import Pools, in_order
from gitdata.store.share import Share, parted
from gitdata.store.small import Group, SmallFiles
from gitdata.store.sources import Problems, Source, Stored

_TOGETHER = 1 << 16  # small files that are gathered before they are read
_STALE_S = 60.0  # a temporary directory this old without an owner is left over from a crash


class Ingest:
    """New content on its way into a store; made by `Store.ingest`."""

    def __init__(self, directory: Path, catalog: Catalog, progress: Progress, *, fsync: bool) -> None:
        self._directory, self._catalog = directory, catalog
        self.progress = progress  # where steps of this work are shown
        self._pools = Pools()
        self._packs = NewPacks(directory, catalog, self._pools, fsync=fsync)
        self._fsync = fsync
        self.files = self.size = 0  # files that were read, and their bytes
        self.stored = 0  # bytes of the packs, once they are finished

    def add(self, data: bytes | bytearray) -> BlobId:
        """Store content that is in memory (a tree, a link's target)."""
        blob = BlobId(blake3(data).digest())
        pieces = self._packs.pieces(plain_chunks(data, blob))
        self._packs.append(pieces)
        self._packs.finish_blob(blob, len(data), [piece.chunk for piece in pieces])
        return blob

    def add_files(
        self, sources: Iterable[Source], step: Step = UNSEEN, unread: Problems | None = None
    ) -> Iterator[Stored]:
        """Store files, in order; content that the store has is only read and hashed. `step` counts bytes.

        Raises `FileChanging`, and at the end `Unreadable` naming every file that could not be read, unless `unread`
        takes them; `Interrupted` when what was whole by then has been given.
        """
        for stored in self._add_files(sources, step, unread):
            self.files += 1
            self.size += stored.size
            yield stored

    def _add_files(self, sources: Iterable[Source], step: Step, unread: Problems | None) -> Iterator[Stored]:
        problems = unread if unread is not None else Problems()
        small = SmallFiles(self._packs, self._pools, step, problems)
        waiting: list[Group] = []
        count = 0
        for group in reading.grouped(sources):
            if group[0].size <= reading.SMALL:
                waiting.append(group)
                count += len(group)
                if count >= _TOGETHER:
                    yield from self._add_small(waiting, small, step)
                    waiting, count = [], 0
                continue
            yield from self._add_small(waiting, small, step)
            waiting, count = [], 0
            try:
                yield reading.retried(group[0], partial(self._stream, step))
            except OSError as error:
                problems.add(group[0], error)
        yield from self._add_small(waiting, small, step)
        if unread is None:
            problems.check()

    def _add_small(self, groups: Sequence[Group], small: SmallFiles, step: Step) -> Iterator[Stored]:
        own, *others = parted(groups)
        with contextlib.ExitStack() as stack:
            shares = []
            for part in others:
                shares.append(Share(part, self._directory, self._catalog.path, step, fsync=self._fsync))
                stack.callback(shares[-1].close)
            try:
                # For one group no thread is worth being started.
                yield from small.add(own, alone=bool(shares) or len(own) < 2)
            except interrupts.Interrupted:
                for share in shares:
                    share.stop()
                for share in shares:
                    yield from share.taken(self._packs) or ()
                raise
            for share in shares:
                stored = share.taken(self._packs)
                if stored is None:
                    yield from small.add(share.groups)
                else:
                    yield from stored

    def add_frame(self, chunk: ChunkId, stored: bytes | memoryview, raw: int) -> None:
        """Store a frame that the caller has verified."""
        self._packs.append([Piece(chunk, stored, raw)])

    def add_recipe(self, recipe: Recipe) -> None:
        """Store the recipe of a blob whose chunks are stored."""
        self._packs.add_recipe(recipe)

    def add_blocks(
        self, content: Iterable[Block], earlier: BlobId | None = None, step: Step = UNSEEN, *, sizes: Sizes = USUAL
    ) -> tuple[BlobId, int]:
        """Store content that comes in blocks of some MiB, never whole in memory; its id and its size in bytes.

        It is cut along the `earlier` version, if there is one; the chunks are the same without, of these `sizes`.
        """
        hashing = Hashing(self._pools.hasher)
        size = 0
        chunks: list[ChunkId] = []
        tasks = large.tasks(content, hashing, self._packs, sizes, large.guide(self._catalog, earlier, sizes))
        for run in in_order(self._pools.workers, tasks, 8):
            self._packs.append_run(run)
            chunks += [piece.chunk for piece in run.pieces]
            count = sum(piece.raw for piece in run.pieces)
            size += count
            step.advance(count)
            interrupts.check()
        blob = hashing.blob()
        self._packs.finish_blob(blob, size, chunks)
        return blob, size

    def _stream(self, step: Step, source: Source) -> Stored:
        descriptor = source.open()
        try:
            before = reading.look(descriptor)
            sizes = sizes_of(source.size)
            content = blocks(descriptor, self._pools.reader, sizes)
            blob, size = self.add_blocks(content, source.earlier, step, sizes=sizes)
            after = reading.unchanged(before, descriptor, size)
        finally:
            os.close(descriptor)
        return Stored(source, blob, size, after)

    def flush(self) -> None:
        """Hand everything added so far to the file system: a full disk shows now."""
        self._packs.flush()

    def finish(self) -> list[Finished]:
        """Everything that was added, as whole packs on the disk, not yet published."""
        finished = self._packs.finish()
        self.stored = sum(item.size for item in finished)
        return finished

    def close(self) -> None:
        """End the threads and remove what was not published."""
        self._pools.close()
        self._packs.discard()
        remove_directory(self._directory)


def remove_directory(directory: Path) -> None:
    """Remove a directory of the program's own; nothing happens when it is gone."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(directory)


def remove_stale(parent: Path) -> None:
    """Remove the directories in `parent` that killed processes left half-written."""
    with contextlib.suppress(FileNotFoundError):
        for path in parent.iterdir():
            if path.suffix == ".lock" or time.time() - path.stat().st_mtime < _STALE_S:
                continue
            lock = path.with_suffix(".lock")
            with contextlib.suppress(GitDataError, OSError), durable.lock(lock, wait=False):
                if path.is_dir():
                    remove_directory(path)
                else:  # of an older version, which had no folder for each process
                    path.unlink(missing_ok=True)
                lock.unlink(missing_ok=True)


def publish(finished: list[Finished], target: Callable[[Finished], Path], *, fsync: bool) -> None:
    """Give finished packs their names in the store."""
    for item in finished:
        final = target(item)
        durable.make_folder(final.parent, fsync=fsync)
        durable.publish(item.path, final, fsync=fsync)
