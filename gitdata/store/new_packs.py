"""The packs that one ingest writes: what is new goes into them, each chunk once."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gitdata.durable import make_folder
from gitdata.formats import frames
from gitdata.formats.pack import Recipe, frames_in, recipes_in
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, ChunkId
from gitdata.store.catalog import Catalog
from gitdata.store.cutting import Plain
from gitdata.store.packing import Finished, PackWriter
from gitdata.store.pools import Pending, Pools
from gitdata.store.reading import read_checked_table

_WHOLE_FROM = 16 << 20  # bytes: smaller packs of other processes go into our own, so that packs stay few


class Piece(NamedTuple):
    """A chunk ready to be appended."""

    chunk: ChunkId
    stored: bytes | memoryview | None  # None: the store has it already
    raw: int  # bytes


class Run(NamedTuple):
    """Consecutive chunks of a file."""

    pieces: list[Piece]
    plain: memoryview | None = None  # all of them as they lie in the file


class NewPacks:
    """Packs being written in `directory`; a full one is flushed to the disk while the next one is filled."""

    def __init__(self, directory: Path, catalog: Catalog, pools: Pools, *, fsync: bool) -> None:
        self._directory, self._catalog, self._pools, self._fsync = directory, catalog, pools, fsync
        self._new = IdTable[ChunkId]()
        self._first = catalog.empty()  # nothing to look up; what another process adds meanwhile is stored twice
        self._writer: PackWriter | None = None
        self._closing: list[Pending[Finished]] = []
        self._taken: list[Finished] = []

    def pieces(self, plain: list[Plain]) -> list[Piece]:
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

    def append(self, pieces: Iterable[Piece]) -> None:
        """Add what is new among `pieces`."""
        for chunk, stored, raw in pieces:
            if stored is not None and chunk not in self._new:
                self._new.put(chunk)
                self._writer_for(len(stored)).append(chunk, stored, raw)

    def append_run(self, run: Run) -> None:
        """Add what is new of a run; in one go if all of it is, and does not shrink."""
        pieces, plain = run
        chunks = {chunk for chunk, stored, raw in pieces if stored is not None and len(stored) == raw}
        if plain is None or len(chunks) < len(pieces) or any(chunk in self._new for chunk in chunks):
            self.append(pieces)
            return
        self._new.update(chunks)
        self._writer_for(len(plain), frames=len(pieces)).append_run([(p.chunk, p.raw) for p in pieces], plain)

    def add_recipe(self, recipe: Recipe) -> None:
        """Add the recipe of a blob."""
        self._writer_for(0, len(recipe.chunks)).add_recipe(recipe)

    def finish_blob(self, blob: BlobId, size: int, chunks: list[ChunkId]) -> None:
        """All chunks of a blob of `size` bytes are there: add its recipe, if it needs one and has none."""
        if len(chunks) > 1 and ChunkId(blob) not in self._new and not self._catalog.recipes([blob]):
            self._new.put(ChunkId(blob))
            self.add_recipe(Recipe(blob, size, tuple(chunks)))

    def take(self, done: Finished) -> None:
        """Add a pack that another process has filled; what it has of ours too, and little of it, is copied."""
        table = read_checked_table(done.path)
        doubled = any(frame.chunk in self._new for frame in frames_in(table))
        if done.size >= _WHOLE_FROM and not doubled:
            self._new.update(frame.chunk for frame in frames_in(table))
            self._new.update(ChunkId(recipe.blob) for recipe in recipes_in(table))
            self._taken.append(done)
            return
        with open(done.path, "rb") as file:
            for frame in frames_in(table):
                self.append([Piece(frame.chunk, file.read(frame.stored), frame.raw)])
        for recipe in recipes_in(table):
            if ChunkId(recipe.blob) not in self._new:
                self._new.put(ChunkId(recipe.blob))
                self.add_recipe(recipe)
        done.path.unlink()

    def flush(self) -> None:
        """Hand everything added so far to the file system: a full disk shows now."""
        if self._writer is not None:
            self._writer.flush()

    def finish(self) -> list[Finished]:
        """Everything that was added, as whole packs on the disk, not yet published."""
        if self._writer is not None and not self._closing:
            done = self._writer.finish(fsync=self._fsync)
            self._writer = None
            return [*self._taken, done]
        self._close_pack()
        return [*self._taken, *(future.result() for future in self._closing)]

    def discard(self) -> None:
        """Close the file that is not finished."""
        if self._writer is not None:
            self._writer.discard()

    def _writer_for(self, stored: int, recipe_chunks: int = 0, frames: int = 1) -> PackWriter:
        if self._writer is not None and not self._writer.fits(stored, recipe_chunks, frames):
            self._close_pack()
        if self._writer is None:
            make_folder(self._directory)
            self._writer = PackWriter(self._directory, self._pools.writer)
        return self._writer

    def _close_pack(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            self._closing.append(self._pools.closer.submit(partial(writer.finish, fsync=self._fsync)))
