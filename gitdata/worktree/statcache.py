"""Which content each file had when it was last looked at, so that unchanged files are not read again.

A row also says that this content is in the store, as long as the store has lost nothing (its loss mark).
A cache: losing or damaging it costs time, never data. One file per data root: a table, then the rows sorted by
path, some thousands to a part, so that a few are found without reading all. Everything is checked by a hash
before it is decoded, because `marshal` trusts its input.
"""

import contextlib
import marshal
import os
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from blake3 import blake3

from gitdata import durable
from gitdata.disk_errors import disk_errors
from gitdata.worktree.former_rows import former

_VERSION = 4
_HASH_SIZE = 32
_LENGTH_SIZE = 4
_PART = 4096  # rows encoded together
_MOST_LATER = 5000  # rows that may be kept beside those saved before
_MOST_PARTS = 16  # that a lookup keeps


Row = tuple[tuple[int, int, int, int, int, int], bytes]
"""A file's `Signature` when it was read, and the id of its content, which is in the store."""

Rows = dict[bytes, Row]
"""By path."""


class _Part(NamedTuple):
    """Consecutive rows, in the order of their paths, as they lie in the file."""

    start: int  # bytes from the beginning of the file
    first: bytes  # path
    length: int  # bytes
    hash: bytes


class Lookup:
    """The rows that are saved at `path` for the store with this `loss_mark`, read where they are asked for."""

    __slots__ = ("_later", "_parts", "_path", "_read", "_whole")

    def __init__(self, path: Path, loss_mark: bytes) -> None:
        self._path = path
        self._later = _load(_later(path), loss_mark)
        table = _table(path, loss_mark)
        self._whole: Rows | None = former(path, loss_mark) if table is None else None
        self._parts = table or ()
        self._read: dict[int, Rows] = {}

    def get(self, path: bytes) -> Row | None:
        """The row of a file, if there is one."""
        found = self._later.get(path) or (self._whole or {}).get(path)
        number = self._number(path) if found is None else -1
        return self._rows(number).get(path) if number >= 0 else found

    def below(self, directory: bytes) -> Iterator[bytes]:
        """The paths of files below a directory, in no order."""
        prefix = directory + b"/"
        yield from (path for path in (*self._later, *(self._whole or ())) if path.startswith(prefix))
        for number in range(max(self._number(prefix), 0), len(self._parts)):
            first = self._parts[number].first
            if first > prefix and not first.startswith(prefix):
                break
            yield from (path for path in self._rows(number) if path.startswith(prefix))

    def all(self) -> Rows:
        """All of them."""
        return dict(self.sorted())

    def sorted(self) -> Iterator[tuple[bytes, Row]]:
        """All of them in the order of their paths, some thousands in memory at a time."""
        whole = self._whole or {}
        parts = (row for part in self._parts for row in _decoded(self._path, part).items())
        before = ((name, whole[name]) for name in sorted(whole)) if self._parts == () else parts
        return merged(before, ((name, self._later[name]) for name in sorted(self._later)))

    def _number(self, path: bytes) -> int:
        """The part in which a path is, if it is in any; -1: in none."""
        return bisect_right(self._parts, path, key=lambda part: part.first) - 1

    def _rows(self, number: int) -> Rows:
        if number not in self._read:
            if len(self._read) >= _MOST_PARTS:
                del self._read[next(iter(self._read))]
            self._read[number] = _decoded(self._path, self._parts[number])
        return self._read[number]


def load(path: Path, loss_mark: bytes) -> Rows:
    """The rows saved at `path` for the store with this `loss_mark`; empty when there are none to be trusted."""
    return Lookup(path, loss_mark).all()


def save(path: Path, rows: Rows, loss_mark: bytes) -> None:
    """Replace what is saved at `path`; the content of all `rows` is in the store with this `loss_mark`."""
    replace(path, ((name, rows[name]) for name in sorted(rows)), loss_mark)


def replace(path: Path, rows: Iterable[tuple[bytes, Row]], loss_mark: bytes) -> None:
    """`save` of rows in the order of their paths, which are never in memory together."""
    with Sorted(path, loss_mark) as kept:
        for name, row in rows:
            kept.add(name, row)
        kept.save()


def add(path: Path, rows: Rows, loss_mark: bytes) -> None:
    """Add a few `rows` to what is saved at `path`, which may be many."""
    later = {**_load(_later(path), loss_mark), **rows}
    if len(later) > _MOST_LATER:
        names = sorted(rows)
        replace(path, merged(Lookup(path, loss_mark).sorted(), ((name, rows[name]) for name in names)), loss_mark)
    elif later:
        with Sorted(path, loss_mark) as kept:
            for name in sorted(later):
                kept.add(name, later[name])
            kept.write(_later(path))


def merged(rows: Iterable[tuple[bytes, Row]], newer: Iterable[tuple[bytes, Row]]) -> Iterator[tuple[bytes, Row]]:
    """Rows and newer ones, both in the order of their paths, as one; of two of one path the newer."""
    coming = iter(newer)
    new = next(coming, None)
    for name, row in rows:
        while new is not None and new[0] < name:
            yield new
            new = next(coming, None)
        if new is None or new[0] != name:
            yield name, row
    if new is not None:
        yield new
        yield from coming


def remove(path: Path) -> None:
    """Remove what is saved at `path`."""
    path.unlink(missing_ok=True)
    _later(path).unlink(missing_ok=True)


def _later(path: Path) -> Path:
    """Where the rows are that came later, so that those before need not be written again."""
    return path.with_name(path.name + "-later")


def _load(path: Path, loss_mark: bytes) -> Rows:
    """The rows of one file alone."""
    table = _table(path, loss_mark)
    if table is None:
        return former(path, loss_mark)
    rows: Rows = {}
    for part in table:
        rows.update(_decoded(path, part))
    return rows


def _table(path: Path, loss_mark: bytes) -> tuple[_Part, ...] | None:
    """Where the rows lie in a file; None when it is none of this version, or not to be trusted."""
    try:
        with open(path, "rb") as file:
            start = file.read(_HASH_SIZE + _LENGTH_SIZE)
            length = int.from_bytes(start[_HASH_SIZE:], "little")
            if length > path.stat().st_size:
                return None
            head = file.read(length)
    except OSError:
        return None
    if blake3(start[_HASH_SIZE:] + head).digest() != start[:_HASH_SIZE]:
        return None
    with contextlib.suppress(ValueError, EOFError, TypeError):
        version, python, mark, parts = marshal.loads(head)  # noqa: S302 - ours, and just checked by its hash
        if (version, python >> 24, mark) == (_VERSION, sys.hexversion >> 24, loss_mark):
            # What marshal writes in format 2 is the same in every Python 3.
            starts = accumulate((size for _first, size, _hash in parts), initial=len(start) + length)
            return tuple(_Part(begin, *part) for begin, part in zip(starts, parts, strict=False))
    return None


def _decoded(path: Path, part: _Part) -> Rows:
    """The rows of a part; none when the file was written anew since, or is damaged."""
    try:
        with open(path, "rb") as file:
            file.seek(part.start)
            data = file.read(part.length)
        if blake3(data).digest() == part.hash:
            rows: Rows = marshal.loads(data)  # noqa: S302 - as above
            return rows
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return {}


class Sorted:
    """Rows on their way into the file at `path`, given in the order of their paths; a context manager.

    The content of all is in the store with this `loss_mark`.

    All at once they would take as much memory as the stat data of every file: what is full goes to the disk.
    """

    def __init__(self, path: Path, loss_mark: bytes) -> None:
        self.count = 0
        self._path, self._loss_mark = path, loss_mark
        self._few: list[tuple[bytes, Row]] = []  # not encoded yet
        self._firsts: list[bytes] = []  # path of each part
        self._sizes: list[int] = []  # bytes of each part
        self._hashes: list[bytes] = []
        self._file: BinaryIO | None = None  # the parts
        self._name: Path | None = None

    def __enter__(self) -> "Sorted":  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what was not saved."""
        if self._file is not None and self._name is not None:
            with contextlib.suppress(OSError):  # what it still had to write is not wanted
                self._file.close()
            self._name.unlink(missing_ok=True)
        self._file = None

    def add(self, name: bytes, row: Row) -> None:
        """Add the row of a path that comes after all before."""
        self._few.append((name, row))
        self.count += 1
        if len(self._few) >= _PART:
            with disk_errors(str(self._path)):
                self._encode()

    def rows(self) -> Iterator[tuple[bytes, Row]]:
        """All rows so far."""
        start = 0
        for size in self._sizes:
            rows: Rows = marshal.loads(self._part(start, size))  # noqa: S302 - ours
            yield from rows.items()
            start += size
        yield from self._few

    def save(self) -> None:
        """Let them take the place of what is saved."""
        self.write(self._path)
        # Stopped before this, they are laid over the newer rows: each is true of a file that looks like that.
        _later(self._path).unlink(missing_ok=True)

    def write(self, path: Path) -> None:
        """Write them into the file at `path`."""
        if self._few:
            with disk_errors(str(path)):
                self._encode()
        head = _head(list(zip(self._firsts, self._sizes, self._hashes, strict=True)), self._loss_mark)
        starts = accumulate(self._sizes, initial=0)
        parts = (self._part(start, size) for start, size in zip(starts, self._sizes, strict=False))
        durable.make_folder(path.parent)
        durable.write_parts(path, chain(head, parts), fsync=False)

    def _part(self, start: int, size: int) -> bytes:
        if self._file is None:
            return b""
        self._file.seek(start)
        return self._file.read(size)

    def _encode(self) -> None:
        # marshal takes plain tuples only, not their subclasses. Format 2 does not look for what occurs twice, which in
        # format 4 needs more memory than the rows themselves.
        data = marshal.dumps({name: (tuple(seen), blob) for name, (seen, blob) in self._few}, 2)
        if self._file is None:
            durable.make_folder(self._path.parent)
            self._name = self._path.with_name(durable.temporary_name(".gitdata-tmp-"))
            self._file = durable.open_new(self._name)
            # Nobody else sees it, also after a crash; where an open file cannot be removed it goes when it is closed.
            with contextlib.suppress(OSError):
                self._name.unlink()
        self._firsts.append(self._few[0][0])
        self._sizes.append(len(data))
        self._hashes.append(blake3(data).digest())
        self._file.seek(0, os.SEEK_END)
        self._file.write(data)
        self._few = []


def _head(parts: Sequence[tuple[bytes, int, bytes]], loss_mark: bytes) -> tuple[bytes, bytes]:
    """What stands before the parts (first path, bytes, hash): the hash of the table, and the table with its length."""
    table = marshal.dumps((_VERSION, sys.hexversion, loss_mark, list(parts)), 2)
    head = len(table).to_bytes(_LENGTH_SIZE, "little") + table
    return blake3(head).digest(), head
