"""Large files in blocks, read into the same few pieces of memory again and again.

Fresh memory for each block would have to be cleared by the kernel first, which takes as long as to
read a block that is cached.
"""

import os
from collections.abc import Iterator
from functools import partial
from itertools import count, takewhile
from typing import NamedTuple

from gitdata.formats.sizes import MAXIMUM
from gitdata.store.pools import Pool, in_order
from gitdata.store.sources import BLOCK

_ROOM = MAXIMUM  # bytes; cutting leaves over less than one chunk


class Block(NamedTuple):
    """Some consecutive bytes of a file."""

    data: bytes | memoryview
    whole: memoryview | None = None  # the same memory with room before the data

    def after(self, carried: memoryview) -> memoryview:
        """The data with `carried` before it, which was left over of the block before."""
        if self.whole is None:
            return memoryview(b"".join((carried, self.data)))
        start = _ROOM - len(carried)
        self.whole[start:_ROOM] = carried
        return self.whole[start:]


class _Memory:
    """Pieces of memory of a block and its room; one is free when nobody looks into it any more."""

    def __init__(self) -> None:
        self._pieces: list[bytearray] = []

    def take(self) -> bytearray:
        for piece in self._pieces:
            try:
                # Python itself refuses to change the size of what a memoryview still looks into.
                piece.append(0)
            except BufferError:
                continue
            piece.pop()
            return piece
        self._pieces.append(bytearray(_ROOM + BLOCK))
        return self._pieces[-1]


def blocks(descriptor: int, pool: Pool) -> Iterator[Block]:
    """The content of an open file; while one block is used, a thread of `pool`, its only one, reads the next."""
    memory = _Memory()
    reads = (partial(_read, memory, descriptor, start) for start in count(0, BLOCK))
    return takewhile(lambda block: len(block.data), in_order(pool, reads, 2))


def _read(memory: _Memory, descriptor: int, start: int) -> Block:
    # By position: one that is still read when the file is closed must not move where another file is.
    whole = memoryview(memory.take())
    end = _ROOM
    while end < len(whole) and (got := os.preadv(descriptor, [whole[end:]], start + end - _ROOM)):
        end += got
    return Block(whole[_ROOM:end], whole[:end])
