"""Small files on their way into packs: read whole, many to a task."""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from blake3 import blake3

from gitdata import interrupts
from gitdata.ids import BlobId
from gitdata.progress import Step
from gitdata.store import sources as reading
from gitdata.store.cutting import plain_chunks
from gitdata.store.new_packs import NewPacks, Piece
from gitdata.store.pools import THREADS, Pools, in_order
from gitdata.store.sources import Problems, Source, Stored

Group = list[Source]


class _Prepared(NamedTuple):
    """A file that was read, cut and compressed."""

    stored: Stored
    pieces: list[Piece]


class SmallFiles:
    """Reads small files and puts them into `packs`."""

    def __init__(self, packs: NewPacks, pools: Pools, step: Step, problems: Problems) -> None:
        self._packs, self._pools, self._step, self._problems = packs, pools, step, problems
        # Two threads that open small files would only wait for each other at the interpreter's lock:
        # one reads while the other compresses.
        self._turn = threading.Lock()

    def add(self, groups: Iterable[Group], *, alone: bool = False) -> Iterator[Stored]:
        """Store files, in order; with `alone` on this thread only, as others have the processors.

        Raises `FileChanging` and `Interrupted`; what cannot be read is left out and goes to the problems.
        """
        tasks = (self._task(group) for group in groups)
        done = (task() for task in tasks) if alone else in_order(self._pools.workers, tasks, 3 * THREADS)
        for prepared in done:
            for stored, pieces in prepared:
                self._packs.append(pieces)
                self._packs.finish_blob(stored.blob, stored.size, [piece.chunk for piece in pieces])
                yield stored
            interrupts.check()

    def _task(self, group: Group) -> Callable[[], list[_Prepared]]:
        return lambda: self._prepare(group)

    def _prepare(self, group: Group) -> list[_Prepared]:
        """Read, hash, cut and compress some files; safe on a worker thread."""
        with self._turn:
            read = self._read(group)
        plain = [plain_chunks(data, stored.blob) for stored, data in read]
        pieces = iter(self._packs.pieces([chunk for chunks in plain for chunk in chunks]))
        self._step.advance(sum(stored.size for stored, _data in read))
        pairs = zip(read, plain, strict=True)
        return [_Prepared(stored, list(islice(pieces, len(chunks)))) for (stored, _data), chunks in pairs]

    def _read(self, group: Group) -> list[tuple[Stored, bytes]]:
        read = []
        for source in group:
            try:
                data, after = reading.retried(source, reading.read_whole)
            except OSError as error:
                self._problems.add(source, error)
                continue
            read.append((Stored(source, BlobId(blake3(data).digest()), len(data), after), data))
        return read
