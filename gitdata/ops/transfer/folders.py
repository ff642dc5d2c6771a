"""Folders: the directories of a version as they are read, some of which may be missing."""

from collections.abc import Callable

from gitdata.errors import DataMissing
from gitdata.formats.tree import NO_FILES
from gitdata.ids import BlobId
from gitdata.store.store import Store


class Folders:
    """The trees of a version as they are read, and which of them are missing."""

    def __init__(self, store: Store, see: Callable[[bytes, bytes], None]) -> None:
        self._store, self._see = store, see
        self._last: BlobId | None = None  # missing, and not seen yet
        self.missing: dict[BlobId, bytes] = {}  # and what the paths in it begin with

    def read(self, tree: BlobId) -> bytes:
        """Its encoding; of one that is missing that of an empty one."""
        try:
            return self._store.tree(tree)
        except DataMissing:
            self._last = tree
            return NO_FILES

    def look(self, prefix: bytes, data: bytes) -> None:
        """See what was read last."""
        if self._last is None:
            self._see(prefix, data)
        else:
            self.missing.setdefault(self._last, prefix)
            self._last = None
