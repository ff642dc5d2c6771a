"""Trees of versions, read from a store and, where it has not got them, from a remote: no file is fetched."""

from collections.abc import Iterable
from pathlib import Path

from gitdata.errors import BadFormat, DataCorrupt, DataMissing, UnsafeName
from gitdata.formats.tree import entries_of
from gitdata.ids import BlobId, RootId
from gitdata.progress import SILENT, Progress
from gitdata.remote.download import fetch
from gitdata.remote.manifests import Manifests
from gitdata.store.store import Store
from gitdata.values import frozen


@frozen
class Trees:
    """Trees from two stores: this clone's, if it has one, and one for the moment that takes what was fetched."""

    own: Store | None
    fetched: Store

    @classmethod
    def of(cls, own: Store | None, folder: Path) -> "Trees":
        """What is fetched goes to `folder`, which the caller removes."""
        return cls(own, Store.open(folder, fsync=False))

    def close(self) -> None:
        """Close what was opened."""
        self.fetched.close()

    def read(self, tree: BlobId) -> bytes:
        """The verified bytes of a tree; raises `DataMissing` and `DataCorrupt`."""
        if self.own is not None:
            try:
                return self.own.tree(tree)
            except DataMissing:
                pass
        return self.fetched.tree(tree)

    def bring(self, manifests: Manifests, roots: Iterable[RootId], progress: Progress = SILENT) -> None:
        """Fetch the trees of the versions `roots` that are nowhere here, all of one depth together.

        What cannot be had is missing afterwards, and shows when it is read.
        """
        roots = list(roots)
        level: dict[BlobId, int | None] = dict.fromkeys(map(BlobId, roots))
        seen: set[BlobId] = set()
        depth = 0
        while level:
            seen |= level.keys()
            self._fetch(manifests, set(level), roots, progress)
            below: dict[BlobId, int | None] = {}
            for tree, size in level.items():
                try:
                    entries = entries_of(tree, size, depth, self.read)[0]
                except (BadFormat, DataCorrupt, DataMissing, UnsafeName):
                    continue
                below.update((entry.id, entry.size) for _name, entry in entries if entry.kind == "dir")
            level = {tree: size for tree, size in below.items() if tree not in seen}
            depth += 1

    def _fetch(self, manifests: Manifests, trees: set[BlobId], roots: Iterable[RootId], progress: Progress) -> None:
        absent = trees - (self.own.has(trees) if self.own is not None else set())
        absent -= self.fetched.has(absent)
        if absent:
            fetch(manifests, self.fetched, absent, roots, progress)
