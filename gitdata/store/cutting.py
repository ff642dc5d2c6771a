"""Cutting: content as chunks with their names, and the name of a large file computed meanwhile."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from blake3 import blake3

from gitdata.formats.chunking import cut
from gitdata.ids import BlobId, ChunkId
from gitdata.store.pools import Pending, Pool

_TASK_BYTES = 1 << 20  # raw bytes compressed in one task
_HASHED_AHEAD = 2  # blocks that may wait to be hashed


class Plain(NamedTuple):
    """A chunk as it is in the file."""

    chunk: ChunkId
    view: memoryview


def plain_chunks(data: bytes | bytearray, blob: BlobId) -> list[Plain]:
    """The chunks of content in memory; the id of a single one is that of the blob."""
    lengths = cut(data, final=True)
    if len(lengths) <= 1:
        return [Plain(ChunkId(blob), memoryview(data))]
    return split(memoryview(data), lengths)


def split(view: memoryview, lengths: list[int]) -> list[Plain]:
    """Consecutive chunks of the given lengths, in bytes."""
    plain, start = [], 0
    for length in lengths:
        part = view[start : start + length]
        plain.append(Plain(ChunkId(blake3(part).digest()), part))
        start += length
    return plain


def by_size(lengths: list[int]) -> Iterator[list[int]]:
    """Runs of chunk lengths that come to about one task."""
    group: list[int] = []
    size = 0
    for length in lengths:
        group.append(length)
        size += length
        if size >= _TASK_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


class Hashing:
    """The hash of a large file, computed on a thread of its own while the file is cut."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._hasher = pool, blake3()
        self._waiting: deque[Pending[object]] = deque()

    def add(self, block: bytes | memoryview) -> None:
        """Hash some more; waits when too much is waiting."""
        self._waiting.append(self._pool.submit(partial(self._hasher.update, block)))
        if len(self._waiting) > _HASHED_AHEAD:
            self._waiting.popleft().result()

    def blob(self) -> BlobId:
        """The name of the whole, when all of it is hashed."""
        for pending in self._waiting:
            pending.result()
        return BlobId(self._hasher.digest())
