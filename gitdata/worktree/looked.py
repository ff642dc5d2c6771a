"""Files of a walk beside what the stat cache knows of them, both in the order of their paths."""

import stat
from collections.abc import Iterator
from typing import NamedTuple

from gitdata.ids import BlobId
from gitdata.worktree.statcache import Row
from gitdata.worktree.walk import Stretch, seen_in


class Before:
    """What the stat cache knew, asked in the order of the paths."""

    def __init__(self, rows: Iterator[tuple[bytes, Row]]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self.still = bytearray()  # for each row whether its file is still there; more than these are not
        self.gone = 0

    @property
    def ended(self) -> bool:
        """Whether it knew nothing of what comes."""
        return self._next is None

    def get(self, path: bytes) -> Row | None:
        """The row of a file that comes after all that were asked for."""
        while self._next is not None and self._next[0] <= path:
            found, self._next = self._next, next(self._rows, None)
            here = found[0] == path
            self.still.append(here)
            if here:
                return found[1]
            self.gone += 1
        return None

    def end(self) -> None:
        """Nothing more is asked for: what comes after is gone."""
        self.gone += sum(1 for _row in self._rows) + (self._next is not None)
        self._next = None


class Looked(NamedTuple):
    """A stretch, and the content of those of its files that look as they did."""

    stretch: Stretch
    known: list[BlobId | None]

    @property
    def changed(self) -> bool:
        """Whether any of its files does not."""
        return any(
            blob is None and not stat.S_ISLNK(seen_in(row)[1].mode)
            for row, blob in zip(self.stretch.rows, self.known, strict=True)
        )

    def to_read(self) -> int:
        """The bytes of those of its files that do not."""
        found = (seen_in(row)[1] for row, blob in zip(self.stretch.rows, self.known, strict=True) if blob is None)
        return sum(seen.size for seen in found if not stat.S_ISLNK(seen.mode))


def look_at(stretch: Stretch, before: Before) -> tuple[Looked, dict[bytes, BlobId]]:
    """Compare the files of a stretch; and what those were, by path, that look different and were known."""
    prefix, rows = stretch
    if before.ended:
        return Looked(stretch, [None] * len(rows)), {}
    known: list[BlobId | None] = []
    other: dict[bytes, BlobId] = {}
    for row in rows:
        name, seen = seen_in(row)
        was = before.get(prefix + name) if not stat.S_ISLNK(seen.mode) else None
        same = was is not None and was[0] == seen
        known.append(BlobId(was[1]) if was is not None and same else None)
        if was is not None and not same:
            other[prefix + name] = BlobId(was[1])
    return Looked(stretch, known), other
