"""Clean: the content of a pattern file on its way into Git becomes a pointer, and goes into the store."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.formats import pointer
from gitdata.formats.tree import Entry
from gitdata.ids import BlobId
from gitdata.progress import SILENT, Progress
from gitdata.store.blocks import Block
from gitdata.store.ingest import Ingest
from gitdata.store.sources import BLOCK, SMALL
from gitdata.store.store import Store
from gitdata.workspace import Workspace

_GATHERED = 64 << 20  # bytes published together, about a pack


@dataclass(slots=True)
class Cleaning:
    """Contents that Git hands over one by one; they are published together, by `publish`.

    Git goes on as soon as it has a pointer, so from the first one until they are published a lock is
    held: whoever looks for the content meanwhile (`settled`) waits for it.
    """

    place: Workspace
    store: Store
    progress: Progress = SILENT
    _open: contextlib.ExitStack | None = field(default=None)
    _ingest: Ingest | None = field(default=None)
    _gathered: int = 0  # bytes since the last `publish`

    @property
    def pending(self) -> bool:
        """Whether something was cleaned and not published yet."""
        return self._ingest is not None

    def clean(self, path: bytes, parts: Iterable[bytes]) -> bytes:
        """The pointer for the content of `path`, which comes in `parts`; a pointer stays one, an empty file empty.

        What stands in the work tree because its bytes could not be had must not become data. Nothing is written for
        content that the store has, and nothing at all in somebody else's repository. When it raises (a full disk),
        what was cleaned and not published is thrown away with it.
        """
        try:
            text, size = self._clean(path, parts)
        except BaseException as error:
            if self._open is not None:
                self._open.__exit__(type(error), error, error.__traceback__)
                self._open = self._ingest = None
            raise
        self._gathered += size
        if self._gathered >= _GATHERED:
            self.publish()
        return text

    def _clean(self, path: bytes, parts: Iterable[bytes]) -> tuple[bytes, int]:
        rest = blocks(parts)
        first = next(rest, b"")
        if len(first) > SMALL and not self.place.state.writable:
            blob, size = _named(chain((first,), rest))
        elif len(first) > SMALL:
            ingest = self._begun()
            with self.progress.step(f"storing {os.fsdecode(path)}") as step:
                blob, size = ingest.add_blocks(map(Block, chain((first,), rest)), step=step)
        elif not first or pointer.is_file_pointer(first):
            return first, 0
        else:
            blob, size = BlobId(blake3(first).digest()), len(first)
            if self.place.state.writable and not self.store.has([blob]):
                self._begun().add(first)
        if self._ingest is not None:
            self._ingest.flush()
        return pointer.encode({b"": Entry("file", size, blob)}, "file"), size

    def _begun(self) -> Ingest:
        if self._ingest is None:
            stack = contextlib.ExitStack()
            stack.enter_context(durable.lock(_lock(self.place), shared=True))
            stack.enter_context(self.progress.step("storing files"))
            self._ingest = stack.enter_context(self.store.ingest(self.progress))
            self._open = stack
        return self._ingest

    def publish(self) -> None:
        """Make what was cleaned so far part of the store; raises what publishing raises."""
        if self._open is not None:
            opened, self._open, self._ingest, self._gathered = self._open, None, None, 0
            opened.close()


def _named(parts: Iterable[bytes]) -> tuple[BlobId, int]:
    """The id and the size in bytes of content that is not stored, because nothing may be written."""
    hasher, size = blake3(), 0
    for part in parts:
        hasher.update(part)
        size += len(part)
    return BlobId(hasher.digest()), size


def settled(place: Workspace) -> None:
    """Wait until what other processes have cleaned so far is published."""
    if place.state.writable:
        with durable.lock(_lock(place)):
            pass


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
