"""A version brought up to date where its files were touched, beside many that were not.

Its trees are in the store: only those on the way to what was touched are read and made anew.
"""

import os
import stat
from collections.abc import Iterable, Mapping

from blake3 import blake3

from gitdata.descent import Descent
from gitdata.errors import FileChanging
from gitdata.formats.directory import changed, parted
from gitdata.formats.tree import Entry, Listing, build, count_files, total_size
from gitdata.ids import BlobId, RootId
from gitdata.store.ingest import Ingest
from gitdata.store.sources import Source, WorkFile
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.worktree.data_root import Below, DataRoot
from gitdata.worktree.differences import Found, compare, sorted_out
from gitdata.worktree.entries import below, file_entry
from gitdata.worktree.snapshot import Keep, drop_racy, look
from gitdata.worktree.statcache import Lookup
from gitdata.worktree.state import State
from gitdata.worktree.trees import Trees
from gitdata.worktree.unfit_names import refuse_unfit


@frozen
class Version:
    """A version by its top tree."""

    root: RootId
    files: int  # files and links
    size: int  # their bytes


def update(
    root: DataRoot, version: Version, touched: Iterable[bytes], state: State, store: Store, keep: Keep
) -> Version:
    """Look at what was `touched` (paths below the root) since `version` was complete; what is new goes into `keep`.

    Raises `OutOfStep`, and what `observe` raises.
    """
    trees = Trees(version.root, store)
    found = sorted_out(root, Descent(root.top), touched)
    rows = state.lookup(root.pointer)
    compare(root, trees, rows, found)
    before: Listing = {}
    for path in (*found.files, *found.whole, *found.gone):
        before |= trees.listing(path)
    after = _read(root, found, trees, state, keep)
    changes: dict[bytes, Entry | None] = {**after, **dict.fromkeys(found.gone)}
    for path in found.whole:
        here, changes[path] = _directory(root, path, rows, state, keep)
        after |= here
    top = _made(trees, b"", changes, keep.ingest)
    files = version.files + count_files(after) - count_files(before)
    return Version(RootId(top.id), files, version.size + total_size(after) - total_size(before))


def _read(root: DataRoot, touched: Found, trees: Trees, state: State, keep: Keep) -> Listing:
    """Store files and links; what they are now."""
    found: Listing = {}
    files: list[Source] = []
    paths, down = sorted(touched.files), touched.down
    refuse_unfit(root.path, paths)
    for path in paths:
        here, old = below(root.path, path), trees.find(path)
        try:
            seen = down.status(here)
            if stat.S_ISLNK(seen.st_mode):
                target = down.target(here)
                found[path] = Entry("link", len(target), keep.ingest.add(target))
                continue
        except OSError as error:
            raise FileChanging(f"{os.fsdecode(path)} changed while it was looked at") from error
        earlier = old.id if old and old.kind in ("file", "exec") else None
        files.append(WorkFile(down, here, path, seen.st_size, earlier))
    with keep.ingest.progress.step(f"storing {os.fsdecode(root.path)}", sum(file.size for file in files)) as step:
        for source, blob, size, after in keep.read(files, step):
            found[source.name] = file_entry(after.mode, size, blob)
            keep.rows[source.name] = (after, blob)
    drop_racy(keep.rows, state)
    return found


def _directory(root: DataRoot, path: bytes, rows: Lookup, state: State, keep: Keep) -> tuple[Listing, Entry]:
    """Look at a whole directory and store what is new in it: its listing, with paths below the root, and its entry."""
    refuse_unfit(root.path, [path])
    prefix = path + b"/"
    known = {name[len(prefix) :]: row for name in rows.below(path) if (row := rows.get(name)) is not None}
    inside = Keep(keep.ingest)
    try:
        seen = look(Below(root, path), known, state, None, inside, keep.ingest.progress)
    finally:
        keep.rows.update({prefix + name: row for name, row in inside.rows.items()})
    if not seen.present or b"" in seen.listing:
        raise FileChanging(f"{os.fsdecode(path)} changed while it was looked at")
    down = Descent(root.top)
    for name in seen.scan.links:
        keep.ingest.add(down.target(below(root.path, prefix + name)))
    forest = build(seen.listing)
    for tree in forest.trees.values():
        keep.ingest.add(tree)
    listing = {prefix + name: entry for name, entry in seen.listing.items()}
    return listing, Entry("dir", len(forest.trees[BlobId(forest.root)]), BlobId(forest.root))


def _made(trees: Trees, path: bytes, changes: Mapping[bytes, Entry | None], ingest: Ingest) -> Entry:
    """The directory `path` with `changes` (None: gone; paths relative to it), and those below it, stored."""
    before = trees.entries(path)
    entries, below = parted(changes)
    for name, inner in below.items():
        entries[name] = _made(trees, path + b"/" + name if path else name, inner, ingest)
    encoded = changed(before, entries)
    identifier = BlobId(blake3(encoded).digest())
    ingest.add(encoded)
    return Entry("dir", len(encoded), identifier)
