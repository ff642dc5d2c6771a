"""Trees: one directory each, addressed by content, so that a whole version has one id (a Merkle tree)."""

import operator
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from blake3 import blake3

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH, check_names
from gitdata.ids import BlobId, RootId
from gitdata.wording import shown

MAGIC = b"gitdata tree 1\n"
NO_FILES = MAGIC  # an empty directory, encoded
TREE_LIMIT = 256 << 20  # bytes of one encoded directory
MAX_ENTRIES = 20_000_000  # of a whole version; a hostile one must not fill the memory
_HEAD = struct.Struct("<BQ32sH")  # kind, size in bytes, id, length of the name

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


@dataclass(frozen=True, slots=True)
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


def flatten(root: RootId, read: Callable[[BlobId], bytes]) -> Listing:
    """The listing of the version `root`; `read` gives the verified bytes of a tree.

    Raises `BadFormat` when it is deeper than 256 directories or larger than 20 million entries,
    and what `read` raises.
    """
    listing: Listing = {}
    for prefix, tree, entries in _walk(root, read):
        if not entries and prefix:
            listing[prefix[:-1]] = Entry("dir", len(MAGIC), tree)
        for name, entry in entries:
            if entry.kind != "dir":
                listing[prefix + name] = entry
    return listing


def reachable(root: RootId, read: Callable[[BlobId], bytes]) -> set[BlobId]:
    """Every blob of the version `root`: its files, links and trees. Raises as `flatten` does."""
    found = set()
    for _prefix, tree, entries in _walk(root, read):
        found.add(tree)
        found.update([entry.id for _name, entry in entries])
    return found


def _walk(root: RootId, read: Callable[[BlobId], bytes]) -> Iterator[tuple[bytes, BlobId, list[tuple[bytes, Entry]]]]:
    """Every directory of a version: what its paths begin with, its id, its entries."""
    pending: list[tuple[bytes, BlobId, int]] = [(b"", BlobId(root), 0)]
    count = 0
    while pending:
        prefix, tree, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise BadFormat(f"directories are nested more than {MAX_DEPTH} deep")
        entries = decode_tree(read(tree))
        count += len(entries) + 1
        if count > MAX_ENTRIES:
            raise BadFormat(f"more than {MAX_ENTRIES} entries")
        pending += [(prefix + name + b"/", entry.id, depth + 1) for name, entry in entries if entry.kind == "dir"]
        yield prefix, tree, entries
