"""Packs on their way to a remote: whole local packs where all of them is needed, else frames copied into new ones.

Every pack that has arrived is journaled (its table of contents, in the remote's cache), so that a
push that was killed goes on where it stopped.
"""

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, cast

from gitdata import durable
from gitdata.backends.base import NotStored
from gitdata.errors import BadFormat, DataCorrupt, DataMissing, GitDataError
from gitdata.formats import pack as packs
from gitdata.formats.located import Locations, locations
from gitdata.formats.pack import Location
from gitdata.ids import ChunkId, PackId, from_hex, short
from gitdata.progress import Progress, Step
from gitdata.remote.by_pack import ByPack, Wanted
from gitdata.remote.remote import Remote, pack_name
from gitdata.store.ingest import remove_directory, remove_stale
from gitdata.store.packing import Finished, PackWriter
from gitdata.store.reading import Damaged, read_pack_table
from gitdata.store.store import Store

_AHEAD = 4  # packs waiting on the disk for a connection
_WHOLE_FROM = 16 << 20  # bytes: smaller packs are put together, so that many commits are not many requests


class _Ready(NamedTuple):
    """A pack to send."""

    pack: PackId
    path: Path
    copied: Mapping[ChunkId, Location] | None  # what was copied into it; None: a pack as it lies here


class Outgoing:
    """The packs of one push."""

    def __init__(
        self,
        remote: Remote,
        store: Store,
        progress: Progress,
        checked: Container[PackId] = (),
        lost: Iterable[PackId] = (),
    ) -> None:
        self._remote, self._store, self._progress = remote, store, progress
        self._checked = checked  # packs whose hash was compared with their name just now
        self._lost = set(lost)  # packs whose names are not used again: what is there, if anything, is not right
        self._journal = remote.cache / "uploads"
        self._journaled: set[Path] = set()  # what this push has to forget: another one may be at work beside it
        # Where packs are made: in a folder of this push's own, beside its lock.
        self._directory = remote.cache / "outgoing" / durable.temporary_name("")
        self.packs = 0
        self.sent = 0  # bytes

    def resumed(self) -> Locations:
        """What an earlier push left on the remote before it was stopped."""
        found = Locations()
        for file in sorted(self._journal.glob("*.toc")) if self._journal.is_dir() else ():
            try:
                pack = PackId(from_hex(file.stem))
                data = file.read_bytes()
                if self._remote.backend.size(pack_name(pack)) != _pack_size(data):
                    raise BadFormat("another size")
            except FileNotFoundError:
                continue  # another push is complete
            except (NotStored, BadFormat, ValueError):
                file.unlink(missing_ok=True)
                continue
            self._journaled.add(file)
            if pack not in self._lost:
                found.update(locations(pack, data))
        return found

    def avoid(self, packs: Iterable[PackId]) -> None:
        """Packs were found not to be right on the remote."""
        self._lost.update(packs)

    def forget(self) -> None:
        """The push is complete: manifests name the packs now."""
        for file in self._journaled:
            file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def sending(self, chunks: Mapping[ChunkId, Location | None]) -> Iterator[Mapping[ChunkId, Location]]:
        """Upload `chunks`, which lie here in the store, while the block runs; where they are when it has ended.

        Raises `DataMissing` when one is not in the store (None), `Damaged` when a pack is not what it was: it is
        set aside, and what was to be sent has to be looked up again.
        """
        if not chunks:
            yield {}
            return
        if missing := sum(1 for location in chunks.values() if location is None):
            raise DataMissing(f"{missing} chunks to push are not in this clone", "fetch them first: `git data fetch`")
        where = cast("Mapping[ChunkId, Location]", chunks)
        by_pack = ByPack(where)
        as_is, copied = set[PackId](), Locations()
        with (
            self._progress.step(f"pushing to {self._remote.name}", sum(by_pack.stored.values())) as step,
            self._folder(),
            ThreadPoolExecutor(self._remote.transfers) as pool,
        ):
            waiting: list[Future[None]] = []
            try:
                for pack, path, there in self._packs(by_pack):
                    waiting.append(pool.submit(self._put, pack, path, step))
                    if there is None:
                        as_is.add(pack)
                    else:
                        copied.update(there)
                    while len(waiting) > _AHEAD + self._remote.transfers:
                        waiting.pop(0).result()
                yield _sent(where, as_is, copied) if copied else where
                for future in waiting:
                    future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextlib.contextmanager
    def _folder(self) -> Iterator[None]:
        """The folder is there while the block runs; what pushes that were killed have left is removed."""
        remove_stale(self._directory.parent)
        durable.make_folder(self._directory)
        lock = self._directory.with_suffix(".lock")
        with durable.lock(lock):
            try:
                yield
            finally:
                remove_directory(self._directory)
                lock.unlink(missing_ok=True)

    def _packs(self, by_pack: ByPack) -> Iterator[_Ready]:
        """Whole local packs first, then the rest copied together."""
        rest: list[PackId] = []
        sizes = self._store.packs()
        for pack, count in sorted(by_pack.counts.items()):
            try:
                table = self._store.table(pack)
            except DataCorrupt as error:
                raise self._damaged(pack) from error
            # Each wanted chunk is a frame of this pack: as many of them as it has are all of it.
            whole = packs.frame_count(table) == count
            if whole and pack not in self._lost and (sizes[pack] >= _WHOLE_FROM or len(by_pack.counts) == 1):
                if pack not in self._checked and not self._store.is_whole(pack):
                    raise self._damaged(pack)
                yield _Ready(pack, self._store.pack_path(pack), None)
            else:
                rest.append(pack)
        yield from self._combined(
            frame
            for few in by_pack.of(rest)
            for pack in rest
            if pack in few
            for frame in sorted(few[pack], key=lambda item: item[1].offset)
        )

    def _damaged(self, pack: PackId) -> GitDataError:
        self._store.mender.set_aside(pack)
        return Damaged(f"pack {short(pack)} in this clone is damaged and was not pushed")

    def _combined(self, frames: Iterable[Wanted]) -> Iterator[_Ready]:
        writer: PackWriter | None = None
        try:
            for chunk, location in frames:
                stored = self._store.frame(chunk, location)
                if writer is not None and not writer.fits(len(stored)):
                    done = writer.finish(fsync=False)
                    writer = None
                    yield _ready(done)
                if writer is None:
                    writer = PackWriter(self._directory)
                writer.append(chunk, stored, location.raw)
            if writer is not None:
                done = writer.finish(fsync=False)
                writer = None
                yield _ready(done)
        finally:
            if writer is not None:
                writer.discard()

    def _put(self, pack: PackId, path: Path, step: Step) -> None:
        size = path.stat().st_size
        self._remote.backend.put(pack_name(pack), path)
        journaled = self._journal / f"{pack.hex()}.toc"
        durable.make_folder(self._journal)
        durable.before_step("journal")
        durable.write_file(journaled, read_pack_table(path), fsync=False)
        self._journaled.add(journaled)
        if path.parent == self._directory:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        self.packs += 1
        self.sent += size
        step.advance(size)


def checked_ahead(store: Store, chunks: Mapping[ChunkId, Location], stop: Callable[[], bool]) -> set[PackId]:
    """The packs that hold `chunks` and are as they should be, in the order in which they are sent, until `stop`."""
    found = set()
    for pack in sorted({location.pack for location in chunks.values()}):
        if stop():
            break
        with contextlib.suppress(OSError):  # told when it is to be sent
            if store.is_whole(pack):
                found.add(pack)
    return found


def _sent(
    where: Mapping[ChunkId, Location], as_is: Container[PackId], copied: Mapping[ChunkId, Location]
) -> Mapping[ChunkId, Location]:
    """Where chunks lie on the remote: in packs that are as they are here, and in those that they were copied into."""
    found = Locations((chunk, location) for chunk, location in where.items() if location.pack in as_is)
    found.update(copied)
    return found


def _ready(done: Finished) -> _Ready:
    table = read_pack_table(done.path)
    return _Ready(done.pack, done.path, locations(done.pack, table))


def _pack_size(table: bytes) -> int:
    return packs.stored_in(table) + len(table) + packs.TRAILER_SIZE
