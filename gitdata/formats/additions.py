"""What a version has that an earlier one has not, read off their trees: directories that are equal are not opened."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gitdata.errors import BadFormat
from gitdata.formats.side_by_side import side_by_side
from gitdata.formats.tree import MAX_ENTRIES, Entry, checked_tree, rows_in
from gitdata.ids import BlobId, RootId
from gitdata.values import frozen


@frozen
class Additions:
    """The files, links and trees in which two versions differ.

    What lies in directories that are equal was not looked at, so both may name what is there as well. But
    everything of the later version that `added` does not name the earlier one has.
    """

    added: set[BlobId]
    gone: set[BlobId]


class _Folder(NamedTuple):
    """A directory of one version."""

    tree: BlobId
    size: int | None  # bytes of its encoding, by the entry that names it
    depth: int


class _Side:
    """What was seen of one version."""

    def __init__(self, read: Callable[[BlobId], bytes]) -> None:
        self._read = read
        self.files: set[BlobId] = set()  # and links
        self.trees: set[BlobId] = set()
        self.alone: list[_Folder] = []  # directories where the other version has none

    def open(self, folder: _Folder) -> bytes:
        """The encoding of a directory."""
        self.trees.add(folder.tree)
        if len(self.files) + len(self.trees) > MAX_ENTRIES:
            raise BadFormat(f"more than {MAX_ENTRIES} entries")
        return checked_tree(folder.tree, folder.size, folder.depth, self._read)

    def add(self, entries: Iterable[Entry], depth: int) -> None:
        """See what the other version does not have in the same place."""
        for entry in entries:
            if entry.kind == "dir":
                self.alone.append(_Folder(entry.id, entry.size, depth))
            else:
                self.files.add(entry.id)

    def unfold(self, but: AbstractSet[BlobId]) -> set[BlobId]:
        """Open what stands alone, and everything below, except for the trees `but`; those of them that were met."""
        met = set()
        while self.alone:
            folder = self.alone.pop()
            if folder.tree in but:
                met.add(folder.tree)
            elif folder.tree not in self.trees:
                for rows in rows_in(self.open(folder)):
                    self.add((entry for _name, entry in rows), folder.depth + 1)
        return met

    def all(self) -> set[BlobId]:
        return self.files | self.trees


def additions(before: RootId, after: RootId, read: Callable[[BlobId], bytes]) -> Additions:
    """What differs between two versions that are directories; `read` gives the verified bytes of a tree.

    Raises `BadFormat` when they are deeper than 2,048 directories or larger than a version may be where they differ,
    and what `read` raises.
    """
    old, new = _Side(read), _Side(read)
    pending = [(_Folder(BlobId(before), None, 0), _Folder(BlobId(after), None, 0))]
    while pending:
        one, other = pending.pop()
        if other.tree in new.trees:
            continue  # all of it is named, or the earlier version has it where it was seen first
        here, there = old.open(one), new.open(other)
        depth = other.depth + 1
        for _name, was, entry in side_by_side(here, there):
            if was is not None and entry is not None and was.kind == entry.kind == "dir":
                pending.append((_Folder(was.id, was.size, depth), _Folder(entry.id, entry.size, depth)))
                continue
            new.add([entry] if entry is not None else [], depth)
            old.add([was] if was is not None else [], depth)
    # A tree that the earlier version had, it had with all below; a file of the same bytes would not say so. What was
    # moved as a whole is not opened on either side.
    moved = new.unfold(old.trees | {folder.tree for folder in old.alone})
    new.trees |= moved
    old.unfold(moved)
    old.trees |= moved
    had, has = old.all(), new.all()
    return Additions(has - had, had - has)
