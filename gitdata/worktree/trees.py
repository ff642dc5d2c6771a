"""The directories of a version that is in the store, read when they are asked for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitdata.formats.directory import directory
from gitdata.formats.tree import Entry, Listing, flatten
from gitdata.ids import BlobId, RootId
from gitdata.worktree.entries import EMPTY_DIRECTORY

if TYPE_CHECKING:  # a look needs no store where nothing was touched
    from gitdata.store.store import Store


_MOST = 100_000  # entries that are kept


class OutOfStep(Exception):
    """What was touched does not fit to the version: everything has to be looked at."""


class Trees:
    """The directories of a version, read when they are asked for."""

    def __init__(self, root: RootId, store: "Store") -> None:
        self._store = store
        self._top = BlobId(root)
        self._known: dict[bytes, Mapping[bytes, Entry]] = {}  # those that were asked for last
        self._count = 0  # entries of those

    def entries(self, path: bytes) -> Mapping[bytes, Entry]:
        """What is in the directory `path`, in the order of the names; raises `OutOfStep` when there is none."""
        found = self._known.pop(path, None)
        if found is None:
            entry = self.find(path) if path else None
            if path and (entry is None or entry.kind != "dir"):
                raise OutOfStep
            found = directory(self._store.tree(entry.id if entry is not None else self._top))
            self._count += len(found)
            while self._known and self._count > _MOST:
                self._count -= len(self._known.pop(next(iter(self._known))))
        self._known[path] = found
        return found

    def find(self, path: bytes) -> Entry | None:
        """The entry at `path`, None when its directory has none; raises `OutOfStep` when there is no such directory."""
        parent, _, name = path.rpartition(b"/")
        return self.entries(parent).get(name)

    def listed(self, path: bytes) -> Entry | None:
        """What the version lists at `path`: no directory in which there is something."""
        try:
            entry = self.find(path)
        except OutOfStep:
            return None
        return None if entry is not None and entry.kind == "dir" and entry != EMPTY_DIRECTORY else entry

    def listing(self, path: bytes) -> Listing:
        """What is at `path` and below it."""
        entry = self.find(path)
        if entry is None:
            return {}
        if entry.kind != "dir":
            return {path: entry}
        return flatten(RootId(entry.id), self._store.tree, path + b"/")
