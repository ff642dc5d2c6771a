"""Large files in blocks, read into the same few pieces of memory again and again.

Fresh memory for each block would have to be cleared by the kernel first, which takes as long as to
read a block that is cached.
"""

import os
from collections.abc import Iterator
from functools import partial
from itertools import count, takewhile
from typing import NamedTuple

from gitdata.formats.sizes import Sizes
from gitdata.store.pools import Pool, in_order
from gitdata.store.sources import BLOCK


class Block(NamedTuple):
    """Some consecutive bytes of a file."""

    data: bytes | memoryview
    whole: memoryview | None = None  # the same memory with room before the data

    def after(self, carried: memoryview) -> memoryview:
        """The data with `carried` before it, which was left over of the block before."""
        if self.whole is None:
            return memoryview(b"".join((carried, self.data)))
        room = len(self.whole) - len(self.data)
        start = room - len(carried)
        self.whole[start:room] = carried
        return self.whole[start:]


class _Memory:
    """Pieces of memory of a block and its room; one is free when nobody looks into it any more."""

    def __init__(self, room: int) -> None:
        self.room = room  # bytes; cutting leaves over less than one chunk
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
        self._pieces.append(bytearray(self.room + BLOCK))
        return self._pieces[-1]


def blocks(descriptor: int, pool: Pool, sizes: Sizes) -> Iterator[Block]:
    """The content of an open file; while one block is used, a thread of `pool`, its only one, reads the next.

    `sizes` are those of the chunks into which it is going to be cut.
    """
    memory = _Memory(sizes.maximum)
    reads = (partial(_read, memory, descriptor, start) for start in count(0, BLOCK))
    return takewhile(lambda block: len(block.data), in_order(pool, reads, 2))


def _read(memory: _Memory, descriptor: int, start: int) -> Block:
    # By position: one that is still read when the file is closed must not move where another file is.
    whole = memoryview(memory.take())
    end = memory.room
    while end < len(whole) and (got := os.preadv(descriptor, [whole[end:]], start + end - memory.room)):
        end += got
    return Block(whole[memory.room : end], whole[:end])
