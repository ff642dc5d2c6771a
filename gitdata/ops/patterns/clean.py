"""Clean: the content of a pattern file on its way into Git becomes a pointer, and goes into the store.

Git acts on a pointer as soon as it has it; `git stash` then removes the file. So what a pointer names lies in a
file of its own before the pointer is answered, and stays there until it is in the store: many of them are
published together, and where that fails (a full disk) nothing is lost, whoever comes next tries again.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.descent import Descent
from gitdata.errors import Unreadable
from gitdata.formats import pointer
from gitdata.formats.tree import Entry
from gitdata.ids import BlobId, from_hex
from gitdata.progress import SILENT, Progress
from gitdata.store.blocks import Block
from gitdata.store.sources import BLOCK, Source, WorkFile
from gitdata.store.store import Store
from gitdata.summary import Amount, Since
from gitdata.values import field, mutable
from gitdata.workspace import Workspace

_GATHERED = 64 << 20  # bytes published together, about a pack
_ALONE = 16 << 20  # bytes: what is larger goes straight into the store, and is published at once


@mutable
class Cleaning:
    """Contents that Git hands over one by one; they are published together, by `publish`.

    From the first one until they are published a lock is held: whoever looks for the content meanwhile
    (`settled`) waits for it.
    """

    place: Workspace
    store: Store
    progress: Progress = SILENT
    read: Amount = Amount()  # what was stored so far
    seconds: float = 0.0  # that it took
    _open: contextlib.ExitStack | None = None
    _using: contextlib.ExitStack | None = None  # the store
    _waiting: dict[BlobId, int] = field(default_factory=dict)  # files that are not published yet, and their bytes
    _gathered: int = 0  # bytes of them

    @property
    def pending(self) -> bool:
        """Whether something was cleaned and not published yet."""
        return bool(self._waiting)

    @property
    def full(self) -> bool:
        """Whether that is as much as should be published together."""
        return self._gathered >= _GATHERED

    def clean(self, path: bytes, parts: Iterable[bytes]) -> bytes:
        """The pointer for the content of `path`, which comes in `parts`; a pointer stays one, an empty file empty.

        What stands in the work tree because its bytes could not be had must not become data. Nothing is written for
        content that the store has, and nothing at all in somebody else's repository. When it raises (a full disk),
        nothing of this content is kept.
        """
        rest = blocks(parts)
        first = next(rest, b"")
        if not first or pointer.is_file_pointer(first):
            return first
        if not self.place.state.writable:
            blob, size = _named(chain((first,), rest))
            return pointer.encode({b"": Entry("file", size, blob)}, "file")
        if self._using is None:
            # What is in the store must not go before Git has written down that it needs it (`ops/keeping/prune.py`).
            self._using = contextlib.ExitStack()
            self._using.enter_context(self.store.in_use())
        kept, size = [first], len(first)
        while size <= _ALONE and (block := next(rest, b"")):
            kept.append(block)
            size += len(block)
        if size > _ALONE:
            blob, size = self._store(path, chain(kept, rest))
        else:
            blob, _ = _named(kept)
            if blob not in self._waiting and not self.store.has([blob]):
                self._keep(blob, kept, size)
        return pointer.encode({b"": Entry("file", size, blob)}, "file")

    def _store(self, path: bytes, content: Iterable[bytes]) -> tuple[BlobId, int]:
        since = Since()
        with (
            self.progress.step(f"storing {os.fsdecode(path)}") as step,
            self.store.ingest(self.progress) as ingest,
        ):
            blob, size = ingest.add_blocks(map(Block, content), step=step)
        self._count(Amount(1, size, ingest.stored), since)
        return blob, size

    def _count(self, stored: Amount, since: Since) -> None:
        self.seconds += since.seconds
        if stored.moved:
            self.read += stored

    def _keep(self, blob: BlobId, content: list[bytes], size: int) -> None:
        if self._open is None:
            self._open = contextlib.ExitStack()
            self._open.enter_context(durable.lock(_lock(self.place), shared=True))
            self._open.enter_context(self.progress.step("storing files"))
            durable.make_folder(_directory(self.place))
        file = _directory(self.place) / blob.hex()
        if not file.is_file() or file.stat().st_size != size:
            # Not flushed to the disk: until it is published, which is soon, the file in the work tree is there as well.
            durable.write_file(file, *content, fsync=False)
        self._waiting[blob] = size
        self._gathered += size

    def publish(self) -> None:
        """Make what was cleaned so far part of the store; raises what publishing raises, and then keeps it aside."""
        using, self._using = self._using or contextlib.ExitStack(), None
        with using:
            self._publish_waiting()

    def _publish_waiting(self) -> None:
        if self._open is None:
            return
        opened, self._open = self._open, None
        waiting, self._waiting, self._gathered = self._waiting, {}, 0
        with opened:
            since = Since()
            self._count(_publish(self.store, _directory(self.place), waiting, self.progress), since)


def _named(parts: Iterable[bytes]) -> tuple[BlobId, int]:
    """The id and the size in bytes of content."""
    hasher, size = blake3(), 0
    for part in parts:
        hasher.update(part)
        size += len(part)
    return BlobId(hasher.digest()), size


def settled(place: Workspace, store: Store) -> None:
    """Wait until what other processes have cleaned so far is published, and publish what they have left.

    Raises what publishing raises; nothing is lost then.
    """
    if not place.state.writable:
        return
    with durable.lock(_lock(place)):
        left: dict[BlobId, int] = {}
        with contextlib.suppress(FileNotFoundError):
            for file in _directory(place).iterdir():
                if file.name.startswith("."):  # half-written, by a process that was killed
                    file.unlink()
                    continue
                with contextlib.suppress(ValueError):  # not ours
                    left[BlobId(from_hex(file.name))] = file.stat().st_size
        if left:
            _publish(store, _directory(place), left, SILENT)


def left_aside(place: Workspace) -> bool:
    """Whether content is kept aside that is not published yet, or was in another way meanwhile."""
    try:
        return any(True for _file in _directory(place).iterdir())
    except FileNotFoundError:
        return False


def _publish(store: Store, directory: Path, files: dict[BlobId, int], progress: Progress) -> Amount:
    """Put contents that are kept aside into the store; what was new of them."""
    left = {blob: files[blob] for blob in files.keys() - store.has(files)}
    down = Descent(os.fsencode(directory))
    sources: list[Source] = [WorkFile(down, name := blob.hex().encode(), name, size) for blob, size in left.items()]
    try:
        with (
            progress.step("storing files", sum(left.values())) as step,
            store.ingest(progress) as ingest,
        ):
            for _stored in ingest.add_files(sources, step):
                pass
    except Unreadable:
        # Another process may have had the same content, published it and removed the file.
        if not left.keys() & store.has(left):
            raise
        return _publish(store, directory, files, progress)
    for blob in files:
        (directory / blob.hex()).unlink(missing_ok=True)
    return Amount(ingest.files, ingest.size, ingest.stored)


def _directory(place: Workspace) -> Path:
    return place.store_directory / "cleaned"


def _lock(place: Workspace) -> Path:
    return place.store_directory / "cleaning.lock"


def blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of some MiB."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= BLOCK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
