"""Trees that grow: the directories of a version, made from its entries as these come in the order of their paths."""

from array import array
from collections.abc import Callable

from blake3 import blake3

from gitdata.formats.tree import MAGIC, ROW, Kind, encode_row
from gitdata.ids import BlobId, RootId


class _Folder:
    """One directory, encoded as far as its entries have come."""

    __slots__ = ("_last", "prefix", "rows", "starts")

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        self.rows = bytearray(MAGIC)
        self.starts = array("Q")  # of the rows
        self._last = b""  # name

    def put(self, name: bytes, row: bytes) -> None:
        """Add an entry. Only a directory may have to go before others: `a/x` comes after `a.txt`, `a` before it."""
        if name > self._last:
            self.starts.append(len(self.rows))
            self.rows += row
            self._last = name
            return
        number = len(self.starts)
        while number and self._name(number - 1) > name:
            number -= 1
        position = self.starts[number]
        self.rows[position:position] = row
        self.starts.insert(number, position)
        for later in range(number + 1, len(self.starts)):
            self.starts[later] += len(row)

    def _name(self, number: int) -> bytes:
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.rows)
        return bytes(self.rows[self.starts[number] + ROW : end])


class Growing:
    """The directories of a version; `keep` is given the encoding of each when nothing more goes into it.

    In memory are those on the way to the last entry.
    """

    def __init__(self, keep: Callable[[bytes | bytearray], object]) -> None:
        self._keep = keep
        self._open = [_Folder(b"")]

    def enter(self, prefix: bytes) -> None:
        """Go to the directory that the paths of the next entries begin with: empty, or ending in a slash."""
        while not prefix.startswith(self._open[-1].prefix):
            self._leave()
        start = len(self._open[-1].prefix)
        while (end := prefix.find(b"/", start)) >= 0:
            self._open.append(_Folder(prefix[: end + 1]))
            start = end + 1

    def add(self, name: bytes, kind: Kind, size: int, identifier: BlobId) -> None:
        """Add a file or link (`size` in bytes) to this directory."""
        self._open[-1].put(name, encode_row(name, kind, size, identifier))

    def root(self) -> RootId:
        """The id of the version, when all of it was added."""
        while len(self._open) > 1:
            self._leave()
        return RootId(self._finish(self._open.pop())[0])

    def _leave(self) -> None:
        done = self._open.pop()
        above = self._open[-1]
        name = done.prefix[len(above.prefix) : -1]
        identifier, size = self._finish(done)
        above.put(name, encode_row(name, "dir", size, identifier))

    def _finish(self, done: _Folder) -> tuple[BlobId, int]:
        identifier = BlobId(blake3(done.rows).digest())
        self._keep(done.rows)
        return identifier, len(done.rows)
