"""A large directory, read where it is asked for: as values its entries would take six times as much memory."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import ItemsView, Iterator, Mapping

from gitdata.formats.names import check_names
from gitdata.formats.tree import MAGIC, ROW, Entry, decode_tree, encode_row, encode_tree, rows_in

_MANY = 50_000  # entries: of fewer a dictionary is quicker

Below = defaultdict[bytes, dict[bytes, Entry | None]]
"""Changes in the directories of these names, by the paths from there."""


class Directory(Mapping[bytes, Entry]):
    """The entries of an encoded directory, by name; raises `BadFormat` and `UnsafeName`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = array("Q")  # of the rows
        position = len(MAGIC)
        for rows in rows_in(data):
            for name, _entry in rows:
                self._starts.append(position)
                position += ROW + len(name)

    def __getitem__(self, name: bytes) -> Entry:
        number = self._number(name)
        if number == len(self._starts) or self._name(number) != name:
            raise KeyError(name)
        return decode_tree(MAGIC + self._data[self._starts[number] : self._end(number)])[0][1]

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[bytes]:
        return map(self._name, range(len(self._starts)))

    def items(self) -> ItemsView[bytes, Entry]:
        """Names and what is there, by name."""
        return _Items(self)

    def rows(self) -> Iterator[tuple[bytes, Entry]]:
        """Names and what is there, by name."""
        return (row for rows in rows_in(self._data) for row in rows)

    def changed(self, changes: Mapping[bytes, Entry | None]) -> bytes:
        """The encoding of the directory with some `changes` (None: gone)."""
        check_names([name for name, entry in changes.items() if entry is not None])
        parts, done = [], 0
        for name in sorted(changes):
            number, entry = self._number(name), changes[name]
            start = self._starts[number] if number < len(self._starts) else len(self._data)
            parts.append(self._data[done:start])
            done = self._end(number) if start < len(self._data) and self._name(number) == name else start
            if entry is not None:
                parts.append(encode_row(name, entry.kind, entry.size, entry.id))
        return b"".join([*parts, self._data[done:]])

    def _number(self, name: bytes) -> int:
        """Of the first row whose name is not less."""
        return bisect_left(range(len(self._starts)), name, key=self._name)

    def _name(self, number: int) -> bytes:
        return self._data[self._starts[number] + ROW : self._end(number)]

    def _end(self, number: int) -> int:
        return self._starts[number + 1] if number + 1 < len(self._starts) else len(self._data)


class _Items(ItemsView[bytes, Entry]):
    """As one walk over the directory, not as one question for each name."""

    _mapping: Directory

    def __iter__(self) -> Iterator[tuple[bytes, Entry]]:
        return self._mapping.rows()


def directory(data: bytes) -> Mapping[bytes, Entry]:
    """The entries of an encoded directory, in the order of their names."""
    return dict(decode_tree(data)) if len(data) <= _MANY * (ROW + 16) else Directory(data)


def changed(before: Mapping[bytes, Entry], changes: Mapping[bytes, Entry | None]) -> bytes:
    """The encoding of a directory that had the entries `before`, with `changes` (None: gone)."""
    if isinstance(before, Directory):
        return before.changed(changes)
    after = {**before, **changes}
    return encode_tree([(name, entry) for name, entry in after.items() if entry is not None])


def parted(changes: Mapping[bytes, Entry | None]) -> tuple[dict[bytes, Entry | None], Below]:
    """Changes by path: those of a directory itself, and by their names those in the directories below it."""
    entries: dict[bytes, Entry | None] = {}
    below: Below = defaultdict(dict)
    for path, entry in changes.items():
        name, _, rest = path.partition(b"/")
        if rest:
            below[name][rest] = entry
        else:
            entries[name] = entry
    return entries, below
