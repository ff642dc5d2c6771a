"""Chunks from a file that is about to be replaced: most of a large one is in the next version too.

What the kernel still has of it in memory need not be read from packs and expanded. It is only a
shortcut: every chunk is compared with its name, and what is not there comes from the packs.
"""

import os
from collections.abc import Sequence

from blake3 import blake3

from gitdata.ids import ChunkId

_NOWAIT = getattr(os, "RWF_NOWAIT", None)  # preadv2(2): to read a file from the disk takes longer than its packs


class ReplacedFile:
    """An open file and the chunks that it should have, one after the other."""

    def __init__(self, descriptor: int, chunks: Sequence[ChunkId], lengths: Sequence[int]) -> None:
        self._descriptor = descriptor
        self._places: dict[ChunkId, tuple[int, int]] = {}
        start = 0
        for chunk, length in zip(chunks, lengths, strict=True):
            self._places.setdefault(chunk, (start, length))
            start += length

    def run(self, chunks: Sequence[ChunkId]) -> memoryview | None:
        """The content of `chunks` when they stand here one after the other, in memory and unchanged."""
        start = end = self._places.get(chunks[0], (0, 0))[0]
        lengths = []
        for chunk in chunks:
            place, length = self._places.get(chunk, (-1, 0))
            if place != end:
                return None
            end += length
            lengths.append(length)
        view, start = self._read(start, end - start), 0
        if view is None:
            return None
        for chunk, length in zip(chunks, lengths, strict=True):
            if blake3(view[start : start + length]).digest() != chunk:
                return None
            start += length
        return view

    def _read(self, start: int, length: int) -> memoryview | None:
        if _NOWAIT is None:
            return None
        view = memoryview(bytearray(length))
        try:
            return view if os.preadv(self._descriptor, [view], start, _NOWAIT) == length else None
        except OSError:  # not in memory, or a file system that cannot tell
            return None
