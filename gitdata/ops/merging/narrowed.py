"""Narrowed: three versions of a data root where they differ; a merge need not list what is the same in all of them."""

from collections.abc import Sequence

from gitdata.errors import DataMissing
from gitdata.formats import pointer
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Entry, Listing, count_files, total_size
from gitdata.ids import RootId
from gitdata.store.store import Store
from gitdata.worktree.changed_tree import changed_tree
from gitdata.worktree.trees import OutOfStep, Trees


class Narrowed:
    """The listings of an ancestor, of ours and of theirs, where ours or theirs differs from the ancestor."""

    def __init__(self, store: Store, roots: tuple[RootId, RootId, RootId], ours: Pointer, suffixes: Sequence[bytes]):
        """What may be put beside a file, by one of the `suffixes`, is listed too. Raises `DataMissing`."""
        self._store, self._ours = store, ours
        trees = [Trees(root, store) for root in roots]
        self._trees = trees[1]
        self.listings: tuple[Listing, Listing, Listing] = {}, {}, {}
        base, mine, other = self.listings
        for root, side in ((roots[1], mine), (roots[2], other)):
            before, after = differing(roots[0], root, store.tree)
            base.update(before)
            side.update(after)
        paths = base.keys() | mine.keys() | other.keys()
        self._named = paths | {path + suffix for path in paths for suffix in suffixes}
        for path in self._named:
            for listing, one in zip(self.listings, trees, strict=True):
                if path not in listing and (entry := one.listed(path)) is not None:
                    listing[path] = entry

    def text(self, merged: Listing, known: Sequence[bytes], limit: int) -> bytes | None:
        """The pointer to ours as `merged` changes it; its new trees are in the store.

        None when that takes a look at the whole listings: where one of the `known` texts lists its files, and may be
        of the same version, where the new one may have to (`limit`), or where something is in the way.
        """
        mine = self.listings[1]
        changes: dict[bytes, Entry | None] = {
            path: merged.get(path) for path in merged.keys() | mine.keys() if merged.get(path) != mine.get(path)
        }
        files = self._ours.files + count_files(merged) - count_files(mine)
        listed = any(pointer.form_of(text) == "listing" for text in known)
        if listed or pointer.choose_form(files, "tree", limit) != "tree" or not changes.keys() <= self._named:
            return None
        try:
            with self._store.ingest() as ingest:
                root = changed_tree(self._trees, changes, ingest)
        except OutOfStep:
            return None
        return pointer.encode_tree_form(root, files, self._ours.size + total_size(merged) - total_size(mine))


def narrowed(store: Store, values: Sequence[Pointer | None], suffixes: Sequence[bytes]) -> Narrowed | None:
    """The ancestor, ours and theirs where they differ; None where one lists its files itself, or is not all here."""
    roots = [value.tree_root for value in values if value is not None and value.tree_root is not None]
    ours = values[1]
    if ours is None or len(roots) < len(values):
        return None
    try:
        return Narrowed(store, (roots[0], roots[1], roots[2]), ours, suffixes)
    except DataMissing:
        return None
