"""Mending: damaged packs are set aside, their whole chunks are kept, and the catalog knows what is left."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from gitdata import durable
from gitdata.disk_errors import disk_errors
from gitdata.formats.pack import Location, Recipe, Toc
from gitdata.ids import BlobId, ChunkId, PackId
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

    def mended(self, pack: PackId, chunk: ChunkId) -> Location | None:
        """See `reading.Mending`. Nothing is done in a store that may not be written."""
        self._catalog.forget_numbers()
        if self._catalog.writable:
            self.set_aside(pack)
        return self._catalog.locate([chunk]).get(chunk)

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
            lost = frozenset(chunks.keys() - {frame.chunk for _pack, _size, table in again for frame in table.frames})
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

    def _sharing(self, pack: PackId, chunks: Mapping[ChunkId, Location]) -> Iterator[tuple[PackId, int, Toc]]:
        """The other packs that have some of `chunks`."""
        for other in self._others(pack):
            if any(frame.chunk in chunks for frame in other[2].frames):
                yield other

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
