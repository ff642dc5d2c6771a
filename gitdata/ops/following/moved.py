"""Moved: what bringing data to what pointers say came to."""

import os

from gitdata.errors import Conflict, GitDataError
from gitdata.formats.pointer import data_path
from gitdata.ops.transfer.absent import together
from gitdata.summary import Amount
from gitdata.values import frozen


@frozen
class Moved:
    """What happened to one data root."""

    pointer: bytes
    written: int = 0  # files
    deleted: int = 0
    saved: int = 0  # files put into the store before they were overwritten or deleted
    conflicts: tuple[bytes, ...] = ()  # paths below the root where local edits were kept against the target
    later: tuple[bytes, ...] = ()  # paths of edits that stay because they came after what Git was shown and discards
    outside: tuple[bytes, ...] = ()  # paths of files that stay although they are outside of the part
    error: GitDataError | None = None


@frozen
class Materialised:
    """What happened to every data root that was not as its pointer says."""

    roots: tuple[Moved, ...]
    came: Amount = Amount()  # what had to be fetched

    def __add__(self, other: "Materialised") -> "Materialised":
        return Materialised((*self.roots, *other.roots), self.came + other.came)

    @property
    def error(self) -> GitDataError | None:
        """What failed, or a `Conflict` naming the edits that stand in the way."""
        failures = [moved.error for moved in self.roots if moved.error is not None]
        if failures:
            return together(failures)
        kept = [
            os.fsdecode(data_path(moved.pointer) + (b"/" + path if path else b""))
            for moved in self.roots
            for path in moved.conflicts
        ]
        if kept:
            more = f" and {len(kept) - 3} more" if len(kept) > 3 else ""
            return Conflict(f"kept local edits that differ from the checked-out version: {', '.join(kept[:3])}{more}")
        return None
