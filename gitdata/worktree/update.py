"""A version brought up to date where its files were touched, beside many that were not.

Its trees are in the store: only those on the way to what was touched are read and made anew.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from blake3 import blake3

from gitdata.errors import FileChanging
from gitdata.formats.names import check_path
from gitdata.formats.tree import TREE_LIMIT, Entry, Listing, build, decode_tree, encode_tree, flatten
from gitdata.ids import BlobId, RootId
from gitdata.store.ingest import Ingest
from gitdata.store.sources import Source
from gitdata.store.store import Store
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.snapshot import WorkFile, file_entry, look
from gitdata.worktree.statcache import Rows, is_racy
from gitdata.worktree.state import State


@dataclass(frozen=True, slots=True)
class Version:
    """A version by its top tree."""

    root: RootId
    files: int  # files and links
    size: int  # their bytes


@dataclass(slots=True)
class Updated:
    """A version brought up to date, and what the stat cache is to know of the files that were read for it."""

    version: Version
    rows: Rows = field(default_factory=dict)


class OutOfStep(Exception):
    """What was touched does not fit to the version: everything has to be looked at."""


def update(
    root: DataRoot, version: Version, touched: Iterable[bytes], state: State, store: Store, ingest: Ingest
) -> Updated:
    """Look at what was `touched` (paths below the root) since `version` was complete; put what is new into `ingest`.

    Raises `OutOfStep`, and what `observe` raises.
    """
    singles, directories = _sorted_out(root, touched)
    trees = _Trees(version.root, store)
    done = Updated(version)
    changes: dict[bytes, Entry] = {}
    before: Listing = {}
    after: Listing = {}
    for path in singles:
        entry = trees.find(path)
        if entry is None or entry.kind == "dir":
            raise OutOfStep
        before[path] = entry
    after |= _read(root, before, state, ingest, done)
    changes |= after
    rows = state.rows(root.pointer) if directories else {}
    for path in directories:
        old = trees.find(path)
        below = trees.listing(path, old) if old is not None else {}
        here, changes[path] = _directory(root, path, rows, state, ingest, done)
        before |= below
        after |= here
    top = _made(trees, b"", changes, ingest)
    files = version.files + _files(after) - _files(before)
    done.version = Version(RootId(top.id), files, version.size + _size(after) - _size(before))
    return done


def _sorted_out(root: DataRoot, touched: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The files and links that were touched where nothing else was, and the uppermost directories."""
    singles, directories = [], set()
    for path in touched:
        if os.path.basename(path).startswith(scanning.TEMPORARY):
            continue
        try:
            mode = os.lstat(os.path.join(root.full, path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            directories.add(os.path.dirname(path))
            continue
        if stat.S_ISDIR(mode):
            directories.add(path)
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            singles.append(path)
        else:
            raise OutOfStep  # whoever looks at everything says what cannot be recorded
    if b"" in directories:
        raise OutOfStep
    upper = {path for path in directories if not _above(path) & directories}
    return [path for path in singles if not _above(path) & upper], sorted(upper)


def _above(path: bytes) -> set[bytes]:
    parts = path.split(b"/")
    return {b"/".join(parts[:count]) for count in range(1, len(parts))}


def _read(root: DataRoot, before: Listing, state: State, ingest: Ingest, done: Updated) -> Listing:
    """Store files and links that are where they were; what they are now."""
    found: Listing = {}
    files: list[Source] = []
    for path, entry in before.items():
        full = os.path.join(root.full, path)
        try:
            if entry.kind == "link":
                target = os.readlink(full)
                found[path] = Entry("link", len(target), ingest.add(target))
            else:
                files.append(WorkFile(full, path, os.lstat(full).st_size, entry.id))
        except OSError as error:
            raise FileChanging(f"{os.fsdecode(path)} changed while it was looked at") from error
    for source, blob, size, after in ingest.add_files(files):
        found[source.name] = file_entry(after.st_mode, size, blob)
        done.rows[source.name] = (scanning.signature(after), blob)
    now = state.now_ns()
    for path in [path for path, (seen, _) in done.rows.items() if is_racy(scanning.Signature(*seen), now)]:
        del done.rows[path]
    return found


def _directory(
    root: DataRoot, path: bytes, rows: Rows, state: State, ingest: Ingest, done: Updated
) -> tuple[Listing, Entry]:
    """Look at a whole directory and store what is new in it: its listing, with paths below the root, and its entry."""
    check_path(path)
    prefix = path + b"/"
    known = {name[len(prefix) :]: row for name, row in rows.items() if name.startswith(prefix)}
    seen = look(replace(root, path=root.path + b"/" + path), known, state, None, ingest.add_files)
    if not seen.present or b"" in seen.listing:
        raise FileChanging(f"{os.fsdecode(path)} changed while it was looked at")
    for name in seen.scan.links:
        ingest.add(os.readlink(os.path.join(root.full, prefix + name)))
    forest = build(seen.listing)
    for tree in forest.trees.values():
        ingest.add(tree)
    done.rows.update({prefix + name: row for name, row in seen.rows.items() if known.get(name) != row})
    listing = {prefix + name: entry for name, entry in seen.listing.items()}
    return listing, Entry("dir", len(forest.trees[BlobId(forest.root)]), BlobId(forest.root))


class _Trees:
    """The directories of a version, read when they are asked for."""

    def __init__(self, root: RootId, store: Store) -> None:
        self._store = store
        self._known: dict[bytes, dict[bytes, Entry]] = {b"": self._decoded(BlobId(root))}

    def entries(self, path: bytes) -> dict[bytes, Entry]:
        """What is in the directory `path`; raises `OutOfStep` when there is none."""
        if path not in self._known:
            entry = self.find(path)
            if entry is None or entry.kind != "dir":
                raise OutOfStep
            self._known[path] = self._decoded(entry.id)
        return self._known[path]

    def find(self, path: bytes) -> Entry | None:
        """The entry at `path`, None when its directory has none; raises `OutOfStep` when there is no such directory."""
        parent, _, name = path.rpartition(b"/")
        return self.entries(parent).get(name)

    def listing(self, path: bytes, entry: Entry) -> Listing:
        """What is at `path` and below it."""
        if entry.kind != "dir":
            return {path: entry}
        below = flatten(RootId(entry.id), lambda tree: self._store.read(tree, TREE_LIMIT))
        return {path + b"/" + name: found for name, found in below.items()}

    def _decoded(self, tree: BlobId) -> dict[bytes, Entry]:
        return dict(decode_tree(self._store.read(tree, TREE_LIMIT)))


def _made(trees: _Trees, path: bytes, changes: Mapping[bytes, Entry], ingest: Ingest) -> Entry:
    """The directory `path` with `changes`, whose paths are relative to it, and those below it, stored."""
    entries = dict(trees.entries(path))
    below: defaultdict[bytes, dict[bytes, Entry]] = defaultdict(dict)
    for changed, entry in changes.items():
        name, _, rest = changed.partition(b"/")
        if rest:
            below[name][rest] = entry
        else:
            entries[name] = entry
    for name, inner in below.items():
        entries[name] = _made(trees, path + b"/" + name if path else name, inner, ingest)
    encoded = encode_tree(list(entries.items()))
    identifier = BlobId(blake3(encoded).digest())
    ingest.add(encoded)
    return Entry("dir", len(encoded), identifier)


def _files(listing: Listing) -> int:
    return sum(1 for entry in listing.values() if entry.kind != "dir")


def _size(listing: Listing) -> int:
    return sum(entry.size for entry in listing.values() if entry.kind != "dir")
