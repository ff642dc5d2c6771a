"""A version unfolded in the order of its paths, without holding all of it in memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gitdata.formats.tree import Entry, Room, checked_tree, rows_in
from gitdata.ids import BlobId, RootId

_MOST = 1024  # files
_ASKED = 20_000  # files
_BYTES = 8 << 20


class Part(NamedTuple):
    """Consecutive files and links of one directory."""

    prefix: bytes  # what their paths begin with; empty, or ending in a slash
    entries: list[tuple[bytes, Entry]]  # by name; none: the directory is empty
    alone: bool  # there is nothing else in the directory

    def items(self) -> Iterator[tuple[bytes, Entry]]:
        """Paths and what is there."""
        return ((self.prefix + name, entry) for name, entry in self.entries)


class _Folder:
    """A directory that is being unfolded."""

    def __init__(self, prefix: bytes, data: bytes, depth: int, room: Room) -> None:
        self.prefix, self.depth = prefix, depth
        self.given = False  # whether any part of it was
        self._entries = (entry for rows in rows_in(data) for entry in self._counted(rows, room))
        self._next = next(self._entries, None)
        self._held: list[tuple[bytes, Entry]] = []  # directories whose turn has not come: `a` after `a.txt`

    def _counted(self, rows: list[tuple[bytes, Entry]], room: Room) -> list[tuple[bytes, Entry]]:
        room.take(len(rows), sum(len(name) for name, _entry in rows) + len(self.prefix) * len(rows))
        return rows

    def part(self) -> tuple[list[tuple[bytes, Entry]], bool]:
        """The next files and links, up to a directory whose turn it is; whether that was all there is."""
        found: list[tuple[bytes, Entry]] = []
        size = 0
        while self._next is not None and len(found) < _MOST and size < _BYTES:
            if self._held and min(self._held)[0] < self._next[0]:
                break
            name, entry = self._next
            self._next = next(self._entries, None)
            if entry.kind == "dir":
                self._held.append((name + b"/", entry))
            else:
                found.append((name, entry))
                size += entry.size
        return found, self._next is None and not self._held

    def below(self) -> tuple[bytes, Entry] | None:
        """The directory whose turn it is: its name and a slash."""
        if self._held and (self._next is None or min(self._held)[0] < self._next[0]):
            first = min(self._held)
            self._held.remove(first)
            return first
        return None


def unfold(
    root: RootId,
    read: Callable[[BlobId], bytes],
    look: Callable[[bytes, bytes], None] | None = None,
    room: Room | None = None,
    skip: Callable[[bytes], bool] | None = None,
) -> Iterator[Part]:
    """The files and links of the version `root`, a directory; `read` gives the verified bytes of a tree.

    It gives `NO_FILES` for one to leave out. `look` sees what the paths in each directory begin with, and its
    encoding. `room` is what it may take. A directory of which `skip`, given the same, is true is not read. Raises
    `BadFormat` when a version is deeper than 256 directories, larger than 20 million entries or longer than 1 GiB of
    paths, and what `read` raises.
    """
    left = room or Room()

    def opened(prefix: bytes, tree: BlobId, size: int | None, depth: int) -> _Folder:
        data = checked_tree(tree, size, depth, read)
        left.take(1, len(prefix))
        if look is not None:
            look(prefix, data)
        return _Folder(prefix, data, depth, left)

    stack = [opened(b"", BlobId(root), None, 0)]
    while stack:
        folder = stack[-1]
        entries, done = folder.part()
        if entries or (done and not folder.given):
            alone = done and not folder.given
            folder.given = True
            yield Part(folder.prefix, entries, alone)
            continue
        below = folder.below()
        if below is None:
            stack.pop()
            continue
        folder.given = True
        name, entry = below
        if skip is not None and skip(folder.prefix + name):
            continue
        stack.append(opened(folder.prefix + name, entry.id, entry.size, folder.depth + 1))


def together(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts, so many at a time that it is worth asking for all of their files at once."""
    few: list[Part] = []
    count = 0
    for part in parts:
        few.append(part)
        count += len(part.entries)
        if count >= _ASKED:
            yield few
            few, count = [], 0
    if few:
        yield few
