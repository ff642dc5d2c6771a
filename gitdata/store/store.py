"""The store of one clone: packs by id, content by blob id."""

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

from gitdata import durable
from gitdata.disk_errors import disk_errors, in_words
from gitdata.errors import BadFormat, DataCorrupt, FileChanging, Unreadable
from gitdata.formats.located import Locations
from gitdata.formats.pack import Location, frames_in
from gitdata.formats.tree import TREE_LIMIT
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.interrupts import Interrupted
from gitdata.progress import SILENT, Progress
from gitdata.sharing import make_read_only
from gitdata.store import ingest as ingesting
from gitdata.store.catalog import Catalog
from gitdata.store.checking import Checked, check_packs, missing_in
from gitdata.store.hashing import blake3_of
from gitdata.store.healing import begin, bring_in_line, heal
from gitdata.store.ingest import Ingest
from gitdata.store.locating import listed
from gitdata.store.locks import pruning_lock
from gitdata.store.loss_mark import loss_mark_file, note_loss
from gitdata.store.mending import Mender
from gitdata.store.packing import Finished
from gitdata.store.reading import (
    Batch,
    Found,
    PackFiles,
    read_checked_table,
    read_chunk,
    read_pack_table,
)
from gitdata.store.replaced_file import ReplacedFile

Result = TypeVar("Result")
_PATIENCE_S = 5.0  # that whoever takes packs out waits for others


class Store:
    """This clone's packs. Made by `Store.open`; a context manager; reading is safe from any thread."""

    def __init__(self, directory: Path, *, fsync: bool, writable: bool) -> None:
        self.directory = directory
        self._fsync = fsync
        self._writable = writable
        self._catalog = Catalog(directory / "catalog.db", writable=writable)
        self._catalog.on_damage = self.rebuild
        self._files = PackFiles(self.pack_path)
        self.published: list[PackId] = []  # packs that were added by this object
        self.at_end: Callable[[Store], None] | None = None  # called before it is closed, if there are some
        self.mender = Mender(directory, self._catalog, self.pack_path, self.ingest, fsync=fsync)

    @classmethod
    def open(cls, directory: Path, *, fsync: bool = True) -> "Store":
        """Open (or make) the store in `directory`; the catalog is brought in line with the packs.

        One that may only be read can be read: nothing is written there, and to add something is an error.
        """
        writable = not directory.is_dir() or os.access(directory, os.W_OK)
        with disk_errors(str(directory)):
            if writable:
                durable.make_folder(directory / "packs")
                if not loss_mark_file(directory).exists():
                    note_loss(directory)
            store = cls(directory, fsync=fsync, writable=writable)
            if writable:
                ingesting.remove_stale(directory / "tmp")
            heal(directory, store._catalog, fsync=fsync)
        return store

    def __enter__(self) -> "Store":  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(tidy=kind is None)

    def close(self, *, tidy: bool = True) -> None:
        """Close the files, and let the person know of packs that were set aside; `tidy` what packs were added to."""
        if tidy and self.published and self.at_end is not None:
            self.at_end(self)
        self._files.close()
        self.mender.tell()
        self._catalog.close()

    # --- what is here -------------------------------------------------------------------------
    def has(self, blobs: Iterable[BlobId]) -> set[BlobId]:
        """Those of `blobs` that can be read here."""
        wanted = set(blobs)
        single = self._catalog.known_chunks(map(ChunkId, wanted))
        rest = wanted - {BlobId(chunk) for chunk in single}
        recipes = self._catalog.recipes(rest) if rest else {}
        chunks = {chunk for recipe in recipes.values() for chunk in recipe}
        known = self._catalog.known_chunks(chunks) if chunks else set()
        whole = {blob for blob, recipe in recipes.items() if known.issuperset(recipe)}
        return {BlobId(chunk) for chunk in single} | whole

    def sizes(self, blobs: Iterable[BlobId]) -> dict[BlobId, int]:
        """The bytes of those of `blobs` that can be read here, whatever anybody says of them."""
        return self._catalog.sizes(blobs)

    def known_chunks(self, chunks: Iterable[ChunkId]) -> set[ChunkId]:
        """Those of `chunks` that are in some pack here."""
        return self._catalog.known_chunks(chunks)

    def find(self, blobs: Iterable[BlobId]) -> Found:
        """Where the content of `blobs` lies; what is not here is left out."""
        wanted = blobs if isinstance(blobs, AbstractSet) else set(blobs)
        # Most blobs are one chunk and have its name.
        found = self.locate(cast("AbstractSet[ChunkId]", wanted))
        recipes = self._catalog.recipes({blob for blob in wanted if ChunkId(blob) not in found})
        parts = self._catalog.locate({chunk for recipe in recipes.values() for chunk in recipe})
        if parts:
            found.update(parts)
        return Found(recipes, found)

    def chunks_of(self, blobs: Iterable[BlobId]) -> set[ChunkId]:
        """The chunks that make up `blobs`, as far as their recipes are known."""
        wanted = set(blobs)
        recipes = self._catalog.recipes(wanted)
        return {ChunkId(blob) for blob in wanted - recipes.keys()}.union(*recipes.values())

    def locate(self, chunks: AbstractSet[ChunkId]) -> dict[ChunkId, Location] | Locations:
        """Where the known ones of `chunks` lie."""
        if self._catalog.most(len(chunks)):
            with contextlib.suppress(DataCorrupt, BadFormat):  # of a pack that may have nothing to do with it
                return listed(self.packs(), self.table, chunks)
        return self._catalog.locate(chunks)

    def batch(self, blobs: Iterable[BlobId]) -> Batch:
        """Look several blobs up at once, to read them one after the other."""
        return Batch(self._files, self.find(blobs), self.mender)

    def beside(self, descriptor: int, blob: BlobId) -> ReplacedFile | None:
        """An open file that should hold `blob`, to read chunks from; None when it cannot help."""
        layout = self._catalog.layout(blob)
        return ReplacedFile(descriptor, *layout) if layout else None

    def stream(self, blob: BlobId, size: int | None = None) -> Iterator[bytes | memoryview]:
        """The verified content of a blob, of `size` bytes if given, chunk by chunk; raises as `Batch.chunks` does."""
        return self.batch([blob]).chunks(blob, size=size)

    def read(self, blob: BlobId, limit: int) -> bytes:
        """The verified content of a blob of at most `limit` bytes; `DataCorrupt` when it is larger."""
        parts, size = [], 0
        for part in self.stream(blob):
            size += len(part)
            if size > limit:
                raise DataCorrupt(f"{short(blob)} is larger than the {limit} bytes it should have")
            parts.append(part)
        return b"".join(parts)

    def tree(self, tree: BlobId) -> bytes:
        """The verified bytes of a tree; raises as `read` does."""
        return self.read(tree, TREE_LIMIT)

    def frame(self, chunk: ChunkId, location: Location) -> bytes:
        """The stored bytes of a chunk that should lie at `location`, verified; raises as `read_chunk` does."""
        return read_chunk(self._files, self.mender, chunk, location).stored

    @contextlib.contextmanager
    def ingest(self, progress: Progress = SILENT) -> Iterator[Ingest]:
        """Add content: published when the block ends well, thrown away when it raises.

        What was added is published as well when files could not be read or somebody has interrupted the work between
        two of its parts: the next try finds it.
        """
        directory = self.directory / "tmp" / durable.temporary_name("")
        with disk_errors(str(self.directory)):
            durable.make_folder(directory)
        with durable.lock(directory.with_suffix(".lock")):
            work = Ingest(directory, self._catalog, progress, fsync=self._fsync)
            try:
                try:
                    yield work
                except (FileChanging, Interrupted, Unreadable):
                    self._publish(work.finish())
                    raise
                with progress.step("flushing to disk"):
                    self._publish(work.finish())
            finally:
                work.close()
                directory.with_suffix(".lock").unlink(missing_ok=True)

    def _publish(self, finished: list[Finished]) -> None:
        if finished:
            with disk_errors(str(self.directory)), durable.lock(self.directory / "lock", shared=True):
                ingesting.publish(finished, lambda item: self.pack_path(item.pack), fsync=self._fsync)
                begin(self.directory, self._catalog, fsync=self._fsync)
            durable.before_step("catalog")
            self._catalog.add({item.pack: item.size for item in finished}, self.table)
            self.published += [item.pack for item in finished]

    def adopt(self, path: Path, pack: PackId) -> None:
        """Take over the pack file `pack` (it is moved), whose hash the caller has checked; raises `BadFormat`."""
        read_checked_table(path)
        size = path.stat().st_size
        make_read_only(path)
        final = self.pack_path(pack)
        with disk_errors(str(final)), durable.lock(self.directory / "lock", shared=True):
            with open(path, "rb") as file:
                durable.sync_file(file.fileno(), fsync=self._fsync)
            durable.make_folder(final.parent, fsync=self._fsync)
            durable.publish(path, final, fsync=self._fsync)
            begin(self.directory, self._catalog, fsync=self._fsync)
        self._catalog.add({pack: size}, self.table)

    def take_out(self, packs: Collection[PackId], again: Iterable[PackId], recipes: Iterable[BlobId] = ()) -> None:
        """Remove packs and forget `recipes`. What of them is needed lies in the packs `again`, too.

        Raises `Locked`, and does nothing, while another process adds packs, sends them or sets them aside.
        """
        with (
            disk_errors(str(self.directory)),
            durable.lock(self.directory / "lock", wait_s=_PATIENCE_S),
            durable.lock(self.directory / "mending.lock", wait_s=_PATIENCE_S),
        ):
            sizes = self.packs()
            known = [(pack, sizes[pack], self.table(pack)) for pack in again if pack in sizes]
            going = {pack: [frame.chunk for frame in frames_in(self.checked_table(pack))] for pack in packs}
            durable.before_step("catalog")
            self._catalog.replace(going, known, recipes)
            self._files.close()
            for pack in packs:
                durable.remove(self.pack_path(pack))

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Nobody takes out what nothing needs while the block runs: something that is here may be needed soon."""
        with durable.lock(pruning_lock(self.directory), shared=True) if self._writable else contextlib.nullcontext():
            yield

    def packs(self) -> dict[PackId, int]:
        """The packs here, with their sizes in bytes."""
        return self._catalog.packs()

    def pack_path(self, pack: PackId) -> Path:
        """Where a pack lies."""
        name = pack.hex()
        return self.directory / "packs" / name[:2] / f"{name}.pack"

    def table(self, pack: PackId) -> bytes:
        """The table of contents of a pack here, encoded; raises `DataCorrupt`."""
        return self._read_pack(pack, read_pack_table)

    def checked_table(self, pack: PackId) -> bytes:
        """The same, checked to be the one of these frames; raises `DataCorrupt`."""
        return self._read_pack(pack, read_checked_table)

    def _read_pack(self, pack: PackId, read: Callable[[Path], Result]) -> Result:
        try:
            return read(self.pack_path(pack))
        except (BadFormat, FileNotFoundError) as error:
            raise DataCorrupt(f"pack {short(pack)} is damaged: {in_words(error)}") from error

    def is_whole(self, pack: PackId) -> bool:
        """Whether the file of a pack has the hash that is its name; raises `FileNotFoundError`."""
        with open(self.pack_path(pack), "rb") as file:
            return blake3_of(file) == pack

    def fsck(self, progress: Progress = SILENT) -> list[str]:
        """Read, expand and hash everything; what is wrong, one line each."""
        return self.check(progress).problems

    def check(self, progress: Progress = SILENT) -> Checked:
        """Read, expand and hash everything."""
        return check_packs(self._catalog, self.pack_path, self.mender.lost, progress)

    def check_again(self) -> Checked:
        """What is wrong with the store after damaged packs were set aside, by their tables alone."""
        incomplete = [line for pack in self.packs() for line in missing_in(self.pack_path(pack), self._catalog)]
        return Checked({}, incomplete, [], self.mender.lost())

    def rebuild(self) -> None:
        """Make the catalog anew from the packs."""
        self._catalog.reset()
        bring_in_line(self.directory, self._catalog, fsync=self._fsync)

    def needing(self, blobs: Iterable[BlobId], chunks: Collection[ChunkId]) -> set[BlobId]:
        """Those of `blobs` that are made of some of `chunks`."""
        wanted = set(blobs)
        recipes = self._catalog.recipes(wanted)
        return {blob for blob in wanted if any(part in chunks for part in recipes.get(blob, (ChunkId(blob),)))}

    def mark(self, remote_id: str, roots: Iterable[RootId]) -> None:
        """Remember that a remote was just seen to have these roots."""
        self._catalog.mark(remote_id, roots)

    def marked(self, remote_id: str, max_age_s: float) -> set[RootId]:
        """The roots that a remote was seen to have within the last `max_age_s` seconds."""
        return self._catalog.marked(remote_id, max_age_s)
