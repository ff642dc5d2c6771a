"""Blobs of: the files, links and trees of versions, in portions, each once."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from gitdata.errors import BadFormat, DataMissing, GitDataError, UnsafeName
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import build, checked_tree, rows_in
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId
from gitdata.store.store import Store
from gitdata.values import field, mutable

PORTION = 100_000  # ids: the store is asked for so many at a time


@mutable
class Blobs:
    """What one version after the other has."""

    store: Store
    before: "Blobs | None" = None  # what these have seen does not count as new
    seen: IdTable[BlobId] = field(default_factory=IdTable)
    trees: IdTable[BlobId] = field(default_factory=IdTable)  # of versions in tree form
    unread: int = 0  # of them, those that are not here

    def add(self, value: Pointer) -> Iterator[set[BlobId]]:
        """What a version has that none before has, in portions; it counts as seen once all of them were taken."""
        if value.tree_root is not None:
            found: Iterable[BlobId] = self._below(BlobId(value.tree_root))
        else:
            listing = value.listing or {}
            trees: Iterable[BlobId] = () if b"" in listing else build(listing).trees
            found = (blob for some in (trees, (entry.id for entry in listing.values())) for blob in self._new(some))
        portion: set[BlobId] = set()
        for blob in found:
            portion.add(blob)
            if len(portion) >= PORTION:
                yield portion
                portion = set()
        if portion:
            yield portion

    def folders(self, value: Pointer) -> AbstractSet[BlobId]:
        """The trees of a version in tree form, whatever was seen before: looks and recordings compare with them."""
        walked = Blobs(self.store)
        for _portion in walked.add(value):
            pass
        return walked.trees

    def _new(self, blobs: Iterable[BlobId]) -> Iterator[BlobId]:
        for blob in blobs:
            if blob not in self.seen and (self.before is None or blob not in self.before.seen):
                self.seen.put(blob)
                yield blob

    def _below(self, root: BlobId) -> Iterator[BlobId]:
        pending: list[tuple[BlobId, int]] = [(root, 0)]
        while pending:
            tree, depth = pending.pop()
            if tree in self.trees or (self.before is not None and tree in self.before.trees):
                continue
            self.trees.put(tree)
            yield from self._new([tree])
            try:
                for rows in rows_in(checked_tree(tree, None, depth, self.store.tree)):
                    pending += [(entry.id, depth + 1) for _name, entry in rows if entry.kind == "dir"]
                    yield from self._new(entry.id for _name, entry in rows if entry.kind != "dir")
            except (DataMissing, BadFormat, UnsafeName):
                self.unread += 1


def check_readable(store: Store, blobs: Blobs) -> None:
    """Raise when folders of versions in use are lost, so that what is in them may seem to be needed by nobody."""
    lost = {chunk for some in store.mender.lost().values() for chunk in some or ()}
    if blobs.unread and lost:
        raise GitDataError(
            f"{len(lost):,} chunks of this clone's store are lost, folders among them perhaps: nothing was removed",
            "run `git data fsck --repair` first",
        )
