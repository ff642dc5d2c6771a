"""Cutting along an earlier version: where its chunks are found again, nothing has to be cut anew.

A chunk that content itself has ended depends on its own bytes only (formats/chunking.py). Content
that begins with the bytes of such a chunk is therefore cut after it, and to compare them, by their
name, costs less than to look for the cut.
"""

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property

from blake3 import blake3

from gitdata.formats.chunking import cut
from gitdata.formats.sizes import Sizes
from gitdata.ids import ChunkId
from gitdata.store.cutting import Plain

_RUN = 64  # chunks handed on together, about 4 MiB
_WINDOW = 2  # of the largest chunks are cut anew before the earlier version is looked for again; then more
_WIDEST = 16


class EarlierCuts:
    """The chunks of an earlier version, all of them in the store, followed from its start."""

    def __init__(self, chunks: Sequence[ChunkId], lengths: Sequence[int], sizes: Sizes) -> None:
        self._chunks, self._lengths = chunks, array("I", lengths)
        self._sizes = sizes
        self._next = 0  # the chunk that should come now; after the last one nothing is known
        self._window = _WINDOW
        # The end of the file has cut the last one: the same bytes may go on elsewhere.
        self._decided = len(chunks) - 1

    def runs(self, view: memoryview, *, final: bool) -> Iterator[tuple[bool, list[Plain]]]:
        """The chunks at the start of `view`, some at a time, and whether they are those of the earlier version.

        When more content follows (`final` is false) what is not decided yet is left out, as by `cut`.
        """
        start = 0
        while start < len(view):
            run = self._followed(view, start, final=final)
            known = bool(run)
            if not known:
                if not final and self._next < self._decided and start + self._lengths[self._next] > len(view):
                    return  # whether it goes on is seen with what follows
                end = start + self._window * self._sizes.maximum
                run = self._cut(view[start:end], final=final and end >= len(view))
                if not run:
                    return
            start += sum(len(chunk.view) for chunk in run)
            yield known, run

    def _followed(self, view: memoryview, start: int, *, final: bool) -> list[Plain]:
        run: list[Plain] = []
        while self._next < len(self._chunks) and len(run) < _RUN:
            end = start + self._lengths[self._next]
            if end > len(view) or (self._next >= self._decided and not (final and end == len(view))):
                break
            part, chunk = view[start:end], self._chunks[self._next]
            if blake3(part).digest() != chunk:
                break
            run.append(Plain(chunk, part))
            self._next += 1
            start = end
        return run

    def _cut(self, view: memoryview, *, final: bool) -> list[Plain]:
        """Chunks cut anew, up to one that the earlier version has too: there it is followed again."""
        run, start = [], 0
        for length in cut(view, self._sizes, final=final):
            part = view[start : start + length]
            start += length
            chunk = ChunkId(blake3(part).digest())
            run.append(Plain(chunk, part))
            place = self._places.get(chunk)
            if place is not None:
                self._next, self._window = place + 1, _WINDOW
                return run
        self._next, self._window = len(self._chunks), min(2 * self._window, _WIDEST)
        return run

    @cached_property
    def _places(self) -> dict[ChunkId, int]:
        """Where each chunk comes first."""
        return {self._chunks[number]: number for number in reversed(range(len(self._chunks)))}
