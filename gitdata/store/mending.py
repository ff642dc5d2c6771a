"""Mending: damaged packs are set aside, their whole chunks are kept, and the catalog knows what is left."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from gitdata import durable
from gitdata.disk_errors import disk_errors
from gitdata.formats.pack import Location, Recipe, Toc, encode_toc, frames_in
from gitdata.ids import BlobId, ChunkId, PackId, from_hex
from gitdata.remarks import remark
from gitdata.store import damage
from gitdata.store.catalog import Catalog
from gitdata.store.damage import SetAside
from gitdata.store.ingest import Ingest
from gitdata.store.loss_mark import note_loss


class Mender:
    """Sets damaged packs of a store aside; its methods may be called from any thread."""

    def __init__(
        self,
        directory: Path,
        catalog: Catalog,
        path_of: Callable[[PackId], Path],
        ingest: Callable[[], AbstractContextManager[Ingest]],
        *,
        fsync: bool,
    ) -> None:
        self.quarantine = directory / "quarantine"
        self._directory, self._catalog, self._path_of, self._ingest = directory, catalog, path_of, ingest
        self._fsync = fsync
        self._lock = threading.Lock()
        self.done: dict[PackId, SetAside] = {}

    def forget_recipe(self, blob: BlobId) -> None:
        """See `reading.Mending`."""
        self._catalog.forget_recipe(blob)

    def mended(self, chunk: ChunkId, location: Location) -> Location | None:
        """See `reading.Mending`. Nothing is done in a store that may not be written."""
        self._catalog.forget_numbers()
        if self._catalog.writable and not self._corrected(chunk, location):
            self.set_aside(location.pack)
        return self._catalog.locate([chunk]).get(chunk)

    def _corrected(self, chunk: ChunkId, location: Location) -> bool:
        """Make the catalog anew if it is that which is wrong, and not the pack; whether that was so."""
        toc = damage.table_of(self._path_of(location.pack))
        if toc is None or damage.located(location.pack, toc).get(chunk) == location:
            return False
        with self._lock:
            if self._catalog.locate([chunk]).get(chunk) == location and self._catalog.on_damage is not None:
                self._catalog.on_damage()
        return True

    def set_aside(self, pack: PackId) -> None:
        """Take a damaged pack out of the store. What of it is whole goes into new packs first.

        One that another process or thread has set aside already needs nothing. Raises `OutOfSpace`.
        """
        with self._lock, disk_errors(str(self._directory)), durable.lock(self._directory / "mending.lock"):
            self._catalog.forget_numbers()
            path = self._path_of(pack)
            there = path.exists()
            if not there and pack not in self._catalog.packs():
                return
            toc = damage.table_of(path)
            chunks = damage.located(pack, toc) if toc is not None else self._catalog.in_pack(pack)
            kept = self._keep(pack, path, toc, chunks)
            again = list(self._sharing(pack, chunks))
            lost = frozenset(
                chunks.keys() - {frame.chunk for _pack, _size, table in again for frame in frames_in(table)}
            )
            note_loss(self._directory)
            if there:
                aside = self.quarantine / path.name
                damage.note_lost(aside, lost, fsync=self._fsync)
                durable.publish(path, aside, fsync=self._fsync)
            self._catalog.replace({pack: None}, again)
            self.done[pack] = SetAside(kept, lost)

    def _keep(self, pack: PackId, path: Path, toc: Toc | None, chunks: Mapping[ChunkId, Location]) -> int:
        """Put what of a pack is whole into new packs; how many chunks."""
        recipes = toc.recipes if toc is not None else self._recipes_of(pack)
        kept = 0
        with self._ingest() as ingest:
            for chunk, stored, raw in damage.whole_frames(path, chunks):
                ingest.add_frame(chunk, stored, raw)
                kept += 1
            for recipe in recipes:
                ingest.add_recipe(recipe)
        return kept

    def _recipes_of(self, pack: PackId) -> list[Recipe]:
        """The recipes that only this pack can have: its own table does not tell any more."""
        elsewhere = {recipe.blob for _pack, _size, table in self._others(pack) for recipe in table.recipes}
        return [recipe for recipe in self._catalog.all_recipes() if recipe.blob not in elsewhere]

    def _sharing(self, pack: PackId, chunks: Mapping[ChunkId, Location]) -> Iterator[tuple[PackId, int, bytes]]:
        """The other packs that have some of `chunks`."""
        for other, size, toc in self._others(pack):
            if any(frame.chunk in chunks for frame in toc.frames):
                yield other, size, encode_toc(toc)

    def _others(self, pack: PackId) -> Iterator[tuple[PackId, int, Toc]]:
        """All other packs whose tables can be read, one after the other: together they may be large."""
        for other, size in self._catalog.packs().items():
            toc = damage.table_of(self._path_of(other)) if other != pack else None
            if toc is not None:
                yield other, size, toc

    def lost(self) -> dict[Path, frozenset[ChunkId] | None]:
        """The packs that are set aside, and which of their chunks are nowhere in the store; None: nobody knows."""
        noted = damage.noted(self.quarantine)
        ids = {chunk for lost in noted.values() for chunk in lost or ()}
        known = self._catalog.known_chunks(ids)
        return {file: lost - known if lost is not None else None for file, lost in noted.items()}

    def missing_chunks(self) -> set[ChunkId]:
        """What damaged packs had and is nowhere in the store, and what blobs that are here in part lack."""
        parts = {chunk for recipe in self._catalog.all_recipes() for chunk in recipe.chunks}
        missing = parts - self._catalog.known_chunks(parts)
        return missing.union(*(lost for lost in self.lost().values() if lost))

    def take_back(self) -> None:
        """Store again what packs that were set aside have after all: a disk may be read again that could not be."""
        for aside, lost in self.lost().items():
            toc = damage.table_of(aside) if lost is None or lost else None
            if toc is None:
                continue
            chunks = damage.located(PackId(from_hex(aside.stem)), toc)
            wanted = chunks.keys() - self._catalog.known_chunks(chunks)
            with self._ingest() as ingest:
                for chunk, stored, raw in damage.whole_frames(aside, {chunk: chunks[chunk] for chunk in wanted}):
                    ingest.add_frame(chunk, stored, raw)
                known = self._catalog.recipes(recipe.blob for recipe in toc.recipes)
                for recipe in toc.recipes:
                    if recipe.blob not in known:
                        ingest.add_recipe(recipe)

    def settle(self, aside: Path) -> None:
        """Nobody can tell what the store has lost with a pack that is set aside: do not ask for it again."""
        damage.note_lost(aside, (), fsync=self._fsync)

    def discard(self, aside: Path) -> int:
        """Remove a pack that was set aside, and what was noted of it; the bytes that it had."""
        size = aside.stat().st_size if aside.exists() else 0
        durable.remove(aside)
        durable.remove(aside.with_suffix(damage.LOST))
        return size

    def tell(self) -> None:
        """Let the person know what was set aside, and what is missing since."""
        if self.done:
            lost = {chunk for one in self.done.values() for chunk in one.lost}
            kept = sum(one.kept for one in self.done.values())
            again = len(self._catalog.known_chunks(lost))
            remark(damage.said(len(self.done), self.quarantine, (kept, again, len(lost) - again)))
            self.done = {}
