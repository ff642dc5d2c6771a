"""The directories of a version that is in the store, read when they are asked for."""

from typing import TYPE_CHECKING

from gitdata.formats.tree import Entry, Listing, decode_tree, flatten
from gitdata.ids import BlobId, RootId

if TYPE_CHECKING:  # a look needs no store where nothing was touched
    from gitdata.store.store import Store


class OutOfStep(Exception):
    """What was touched does not fit to the version: everything has to be looked at."""


class Trees:
    """The directories of a version, read when they are asked for."""

    def __init__(self, root: RootId, store: "Store") -> None:
        self._store = store
        self._known: dict[bytes, dict[bytes, Entry]] = {b"": self._decoded(BlobId(root))}

    def entries(self, path: bytes) -> dict[bytes, Entry]:
        """What is in the directory `path`; raises `OutOfStep` when there is none."""
        if path not in self._known:
            entry = self.find(path)
            if entry is None or entry.kind != "dir":
                raise OutOfStep
            self._known[path] = self._decoded(entry.id)
        return self._known[path]

    def find(self, path: bytes) -> Entry | None:
        """The entry at `path`, None when its directory has none; raises `OutOfStep` when there is no such directory."""
        parent, _, name = path.rpartition(b"/")
        return self.entries(parent).get(name)

    def listing(self, path: bytes) -> Listing:
        """What is at `path` and below it."""
        entry = self.find(path)
        if entry is None:
            return {}
        if entry.kind != "dir":
            return {path: entry}
        return flatten(RootId(entry.id), self._store.tree, path + b"/")

    def _decoded(self, tree: BlobId) -> dict[bytes, Entry]:
        return dict(decode_tree(self._store.tree(tree)))
