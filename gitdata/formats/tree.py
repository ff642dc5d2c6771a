"""Trees: one directory each, addressed by content, so that a whole version has one id (a Merkle tree)."""

import operator
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Literal, NamedTuple

from blake3 import blake3

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH, MAX_PATH, check_names
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, RootId
from gitdata.values import frozen
from gitdata.wording import shown

MAGIC = b"gitdata tree 1\n"
NO_FILES = MAGIC  # an empty directory, encoded
TREE_LIMIT = 256 << 20  # bytes of one encoded directory
MAX_ENTRIES = 20_000_000  # of a whole version; a hostile one must not fill the memory
MAX_PATHS = 1 << 30  # bytes of all paths of a version: equal directories are one tree, however many paths they make
_SUSPICIOUS = 64 << 20  # bytes of paths from which on a version is measured before more of it is unfolded
_HEAD = struct.Struct("<BQ32sH")  # kind, size in bytes, id, length of the name
ROW = _HEAD.size  # bytes of an entry without its name

Kind = Literal["file", "exec", "link", "dir"]
_CODES: dict[Kind, int] = {"file": 1, "exec": 2, "link": 3, "dir": 4}
_KINDS: dict[int, Kind] = {code: kind for kind, code in _CODES.items()}


class Entry(NamedTuple):
    """One name in a directory."""

    kind: Kind
    size: int  # bytes of the file's content, of the link's target or of the encoded tree
    id: BlobId


Listing = dict[bytes, Entry]
"""Path below the root -> file, link, or directory that is empty. A single file has the path b""."""


@frozen
class Forest:
    """All directories of one version."""

    root: RootId
    trees: dict[BlobId, bytes]  # encoded, by id


def encode_tree(entries: Sequence[tuple[bytes, Entry]]) -> bytes:
    """The one encoding of a directory; `entries` in any order. Raises `UnsafeName`."""
    ordered = sorted(entries)
    check_names([name for name, _entry in ordered])
    pack = _HEAD.pack
    return MAGIC + b"".join(
        [pack(_CODES[kind], size, identifier, len(name)) + name for name, (kind, size, identifier) in ordered]
    )


def encode_row(name: bytes, kind: Kind, size: int, identifier: BlobId) -> bytes:
    """One entry of an encoded directory; the name is not checked."""
    return _HEAD.pack(_CODES[kind], size, identifier, len(name)) + name


def decode_tree(data: bytes) -> list[tuple[bytes, Entry]]:
    """The entries of an encoded directory, by name; raises `BadFormat` or `UnsafeName`."""
    if not data.startswith(MAGIC):
        raise BadFormat("these bytes are not a tree of version 1")
    names: list[bytes] = []
    entries: list[Entry] = []
    unpack, kinds, make = _HEAD.unpack_from, _KINDS, tuple.__new__  # a version has as many entries as files
    position, end = len(MAGIC), len(data)
    try:
        while position < end:
            code, size, identifier, length = unpack(data, position)
            start = position + _HEAD.size
            position = start + length
            names.append(data[start:position])
            entries.append(make(Entry, (kinds[code], size, identifier)))
    except (struct.error, KeyError) as error:
        raise BadFormat("a tree is damaged") from error
    if position != end:
        raise BadFormat("a tree is cut off")
    check_names(names)
    if not all(map(operator.lt, names, islice(names, 1, None))):
        raise BadFormat("a tree is damaged")
    return list(zip(names, entries, strict=True))


def rows_in(data: bytes, number: int = 4096) -> Iterator[list[tuple[bytes, Entry]]]:
    """`decode_tree` of so many entries at a time: those of a large directory take much memory as values."""
    if not data.startswith(MAGIC):
        raise BadFormat("these bytes are not a tree of version 1")
    start, end, last = len(MAGIC), len(data), b""
    while start < end:
        position = start
        for _row in range(number):
            if position >= end:
                break
            if position + ROW > end:
                raise BadFormat("a tree is damaged")
            position += ROW + int.from_bytes(data[position + ROW - 2 : position + ROW], "little")
        found = decode_tree(MAGIC + data[start:position])
        if found[0][0] <= last:
            raise BadFormat("a tree is damaged")
        yield found
        start, last = position, found[-1][0]


def count_files(listing: Mapping[bytes, Entry]) -> int:
    """The files and links of a listing."""
    return sum(1 for entry in listing.values() if entry.kind != "dir")


def total_size(listing: Mapping[bytes, Entry]) -> int:
    """The bytes of its files and of the targets of its links."""
    return sum(entry.size for entry in listing.values() if entry.kind != "dir")


def build(listing: Mapping[bytes, Entry]) -> Forest:
    """All directories of a listing, from the leaves up.

    Raises `BadFormat` for a path that is both a file and a directory, `UnsafeName` for a name.
    """
    directories: dict[bytes, list[tuple[bytes, Entry]]] = {b"": []}
    for path, entry in listing.items():
        head, _, name = path.rpartition(b"/")
        found = directories.get(head)
        if found is None:
            found = _make(directories, head)
        if entry.kind != "dir":
            found.append((name, entry))
        elif path not in directories:
            _make(directories, path)
    for path in directories:
        if path and path in listing and listing[path].kind != "dir":
            raise BadFormat(f"{shown(path)} is both a file and a directory")
    if len(listing) + len(directories) > MAX_PATHS // (2 * MAX_PATH):  # fewer cannot be that long
        Room().take(0, sum(map(len, listing)) + 2 * sum(len(path) + 1 for path in directories))
    trees: dict[BlobId, bytes] = {}
    root = BlobId(b"")
    for path in sorted(directories, key=lambda path: path.count(b"/") + bool(path), reverse=True):
        encoded = encode_tree(directories[path])
        root = BlobId(blake3(encoded).digest())
        trees[root] = encoded
        if path:
            head, _, name = path.rpartition(b"/")
            directories[head].append((name, Entry("dir", len(encoded), root)))
    return Forest(RootId(root), trees)


def _make(directories: dict[bytes, list[tuple[bytes, Entry]]], path: bytes) -> list[tuple[bytes, Entry]]:
    """Add a directory and those above it."""
    made: list[tuple[bytes, Entry]] = []
    directories[path] = made
    head = path.rpartition(b"/")[0]
    while head not in directories:
        directories[head] = []
        head = head.rpartition(b"/")[0]
    return made


class Room:
    """What is left of the bounds of a version, while it is unfolded.

    `measure` is called when much of it is used, and when four times as much is: it raises when all of it would be
    too much, before so much is in memory.
    """

    __slots__ = ("_measure", "_suspicious", "entries", "paths")

    def __init__(self, measure: Callable[[], None] | None = None) -> None:
        self.entries, self.paths = MAX_ENTRIES, MAX_PATHS  # number, bytes
        self._measure, self._suspicious = measure, _SUSPICIOUS

    def take(self, entries: int, paths: int) -> None:
        """Use so many entries and bytes of paths; raises `BadFormat` when they are not left."""
        self.entries -= entries
        self.paths -= paths
        if self.entries < 0:
            raise BadFormat(f"more than {MAX_ENTRIES} entries")
        if self.paths < 0:
            raise BadFormat(f"more than {MAX_PATHS} bytes of paths")
        if self._measure is not None and MAX_PATHS - self.paths > self._suspicious:
            self._suspicious *= 4
            self._measure()


def flatten(root: RootId, read: Callable[[BlobId], bytes], above: bytes = b"", room: Room | None = None) -> Listing:
    """The listing of the version `root`; `read` gives the verified bytes of a tree, `NO_FILES` for one to leave out.

    `above` is put before each path. Raises `BadFormat` when it is deeper than 2,048 directories, larger than
    20 million entries or longer than 1 GiB of paths (or than `room` has left), and what `read` raises.
    """
    listing: Listing = {}
    for prefix, tree, entries in _walk(root, read, above, room or Room()):
        if not entries and prefix != above:
            listing[prefix[:-1]] = Entry("dir", len(MAGIC), tree)
        for name, entry in entries:
            if entry.kind != "dir":
                listing[prefix + name] = entry
    return listing


def reachable(root: RootId, read: Callable[[BlobId], bytes]) -> AbstractSet[BlobId]:
    """Every blob of the version `root`: its files, links and trees, each tree read once. Raises as `flatten` does."""
    found = IdTable[BlobId]()
    found.put(BlobId(root))
    pending: list[tuple[BlobId, int | None, int]] = [(BlobId(root), None, 0)]
    while pending:
        tree, size, depth = pending.pop()
        for rows in rows_in(checked_tree(tree, size, depth, read)):
            pending += [
                (entry.id, entry.size, depth + 1) for _, entry in rows if entry.kind == "dir" and entry.id not in found
            ]
            found.update([entry.id for _name, entry in rows])
            if len(found) > MAX_ENTRIES:
                raise BadFormat(f"more than {MAX_ENTRIES} entries")
    return found


def _walk(
    root: RootId, read: Callable[[BlobId], bytes], above: bytes, room: Room
) -> Iterator[tuple[bytes, BlobId, list[tuple[bytes, Entry]]]]:
    """Every directory of a version: what its paths begin with, its id, its entries."""
    pending: list[tuple[bytes, BlobId, int | None, int]] = [(above, BlobId(root), None, 0)]
    measured = unfolded = 0
    while pending:
        prefix, tree, size, depth = pending.pop()
        entries, names = entries_of(tree, size, depth, read)
        unfolded += names + len(prefix) * (len(entries) + 1)
        room.take(len(entries) + 1, names + len(prefix) * (len(entries) + 1))
        if unfolded > _SUSPICIOUS and not measured:
            # A few kilobytes of trees can stand for any number of paths. To tell, each has to be read but once.
            measured, paths = _measured(root, read)
            if measured > MAX_ENTRIES or paths + measured * len(above) > room.paths + unfolded:
                raise BadFormat(f"a version that unfolds to {measured} entries and {paths} bytes of paths")
        pending += [
            (prefix + name + b"/", entry.id, entry.size, depth + 1) for name, entry in entries if entry.kind == "dir"
        ]
        yield prefix, tree, entries


def entries_of(
    tree: BlobId, size: int | None, depth: int, read: Callable[[BlobId], bytes]
) -> tuple[list[tuple[bytes, Entry]], int]:
    """The entries of a directory, `depth` below the top, and the bytes of their names.

    `size` is what the entry says that names it. Raises `BadFormat` when it has another one or lies more than
    2,048 directories deep, and what `read` raises.
    """
    data = checked_tree(tree, size, depth, read)
    entries = decode_tree(data)
    return entries, len(data) - len(MAGIC) - _HEAD.size * len(entries)


def checked_tree(tree: BlobId, size: int | None, depth: int, read: Callable[[BlobId], bytes]) -> bytes:
    """The encoding of a directory, as `entries_of` reads it."""
    if depth > MAX_DEPTH:
        raise BadFormat(f"directories are nested more than {MAX_DEPTH} deep")
    data = read(tree)
    if size is not None and len(data) != size and data is not NO_FILES:
        raise BadFormat(f"a tree has {len(data)} bytes, {size} by the one above it")
    return data


def refuse_unbearable(root: RootId, read: Callable[[BlobId], bytes]) -> None:
    """Raise `BadFormat` when a version unfolds to more than one may have; each of its trees is read once or twice."""
    measured, paths = _measured(root, read)
    if measured > MAX_ENTRIES or paths > MAX_PATHS:
        raise BadFormat(f"a version that unfolds to {measured} entries and {paths} bytes of paths")


def _measured(root: RootId, read: Callable[[BlobId], bytes]) -> tuple[int, int]:
    """How many entries a version has and the bytes of their paths, with each tree looked at but once or twice."""
    known: dict[BlobId, tuple[int, int]] = {}
    pending = [(BlobId(root), 0)]
    while pending:
        tree, depth = pending[-1]
        if tree in known:
            pending.pop()
            continue
        entries, names = entries_of(tree, None, depth, read)
        below = [(len(name) + 1, entry.id) for name, entry in entries if entry.kind == "dir"]
        missing = {identifier for _, identifier in below if identifier not in known}
        if missing:
            pending += [(identifier, depth + 1) for identifier in missing]
            continue
        inside = [(length, *known[identifier]) for length, identifier in below]
        count = len(entries) + sum(count for _, count, _ in inside)
        known[tree] = count, names + sum(paths + count * length for length, count, paths in inside)
    return known[BlobId(root)]
