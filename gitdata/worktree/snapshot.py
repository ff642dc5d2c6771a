"""Work tree -> listing (and store): what a data root holds now, reading only what changed."""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property

from gitdata.descent import Descent
from gitdata.errors import FileChanging
from gitdata.formats.tree import Forest, Listing, build
from gitdata.ids import BlobId, RootId
from gitdata.progress import SILENT, Progress, Step
from gitdata.store.ingest import Ingest
from gitdata.store.sources import Source, Stored, WorkFile, hash_sources
from gitdata.store.store import Store
from gitdata.values import field, frozen
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import Below, DataRoot
from gitdata.worktree.entries import below, empty_directories, file_entry, link_entry, take_unchanged
from gitdata.worktree.racy import is_racy
from gitdata.worktree.scan import Ignored, Scan
from gitdata.worktree.statcache import Rows
from gitdata.worktree.state import State
from gitdata.worktree.unfit_names import refuse_unfit


@frozen
class Keep:
    """Where the content goes that is read of one root, and what is known of it from then on."""

    ingest: Ingest
    rows: Rows = field(
        default_factory=dict
    )  # of files read whole, for the stat cache once `ingest` is published: grows

    def read(self, sources: Iterable[Source], step: Step) -> Iterator[Stored]:
        """Read files, keep their content and name it; as `Ingest.add_files`."""
        return self.ingest.add_files(sources, step)


@frozen
class Snapshot:
    """The state of a data root at one moment."""

    present: bool  # False: the root is not there at all, which is not the same as empty
    listing: Listing
    scan: Scan
    read: int  # files whose content was read
    rows: Rows = field(default_factory=dict)  # what the stat cache vouches for: content that is in the store
    fresh: Rows = field(default_factory=dict)  # those of them that are not saved yet
    stale: int = 0  # rows that are saved, of files that are gone
    began_ns: int = 0  # when the look began, by the file system's clock

    @cached_property
    def forest(self) -> Forest:
        """The directories of the listing, and the id of the version."""
        if b"" in self.listing:
            return Forest(RootId(self.listing[b""].id), {})
        return build(self.listing)

    def root(self) -> RootId:
        """The id of the version."""
        return self.forest.root


def observe(
    root: DataRoot, state: State, ignored: Ignored | None, keep: Keep | None = None, progress: Progress = SILENT
) -> Snapshot:
    """Scan `root` and name every file's content, reading those that the stat cache does not vouch for.

    With `keep`, where what is read goes, `remember` makes the stat cache vouch for them too; without
    it they are only hashed. Raises `Unreadable` with the full list of what cannot be recorded,
    `FileChanging`, `UnsafeName`.
    """
    return look(root, state.lookup(root.pointer).all(), state, ignored, keep, progress)


def look(
    root: DataRoot | Below,
    rows: Rows,
    state: State,
    ignored: Ignored | None,
    keep: Keep | None,
    progress: Progress = SILENT,
) -> Snapshot:
    """`observe` with the `rows` that the stat cache has for `root`; they change."""
    name = os.fsdecode(root.path)
    down = Descent(root.top)
    began_ns = state.now_ns()
    with progress.step(f"looking at {name}", unit="files") as step:
        found = scanning.scan(down, root.path, ignored, step)
    if not found.present:
        return Snapshot(False, {}, found, 0, began_ns=began_ns)
    scanning.refuse_problems(root.path, found.problems)
    listing = empty_directories(found.empty)
    changed = take_unchanged(found.files, rows, listing)
    kept: Rows = {path: rows[path] for path in listing if path in rows} if len(listing) != len(rows) else rows
    stale = len(rows) - len(kept)
    fresh = keep.rows if keep else {}
    if changed:
        kept = dict(kept)
        # Made when they are asked for: a list of all would be tens of megabytes.
        sources = (
            WorkFile(
                down,
                below(root.path, path),
                path,
                found.files[path].size,
                BlobId(rows[path][1]) if path in rows else None,
            )
            for path in changed
        )
        total = sum(found.files[path].size for path in changed)
        with progress.step(f"{'storing' if keep else 'reading'} {name}", total) as step:
            for source, blob, size, after in (keep.read if keep else hash_sources)(sources, step):
                listing[source.name] = file_entry(after.mode, size, blob)
                if found.files[source.name] != after:
                    found.files[source.name] = after
                fresh[source.name] = (found.files[source.name], blob)  # one of the two is enough
        drop_racy(fresh, state)
        for path in changed if kept else ():
            kept.pop(path, None)
        kept = {**kept, **fresh} if kept else fresh
    for path in found.links:
        listing[path] = link_entry(down, below(root.path, path))
    refuse_unfit(root.path, (path for path in (*changed, *found.links, *found.empty) if path))
    if keep is None:
        return Snapshot(True, listing, found, len(changed), rows, began_ns=began_ns)
    return Snapshot(True, listing, found, len(changed), kept, fresh, stale, began_ns)


def drop_racy(rows: Rows, state: State) -> None:
    """Drop the rows of files that could still change without looking different."""
    now = state.now_ns()
    for path in [path for path, row in rows.items() if is_racy(row[0], now)]:
        del rows[path]


def remember_part(root: DataRoot, state: State, rows: Rows, store: Store) -> None:
    """Save the `rows` of those files whose content is in the store: all of what was read before work was cut off."""
    drop_racy(rows, state)
    known = store.has(BlobId(blob) for _seen, blob in rows.values())
    if known:
        state.add_rows(root.pointer, {path: row for path, row in rows.items() if row[1] in known})


def described(listing: Listing, scan: Scan | None = None, began_ns: int = 0) -> Snapshot:
    """A listing that was not looked up in the work tree but is to be there: what a pointer says.

    With the `scan` that has shown, from `began_ns` on, that it is.
    """
    return Snapshot(True, listing, scan or Scan(), 0, began_ns=began_ns)


def complete(root: DataRoot, version: Snapshot, store: Store, ingest: Ingest) -> None:
    """Add to `ingest` every file, link and tree of `version` that `store` does not hold.

    Raises `FileChanging` when a file no longer holds what the listing says.
    """
    listing, trees = version.listing, version.forest.trees
    content = {path: entry for path, entry in listing.items() if entry.kind != "dir"}
    wanted = {entry.id for entry in content.values()} | trees.keys()
    missing = wanted - store.has(wanted)
    if not missing:
        return
    down = Descent(root.top)
    files: dict[BlobId, bytes] = {}
    for path, entry in content.items():
        if entry.id not in missing or (root.within is not None and root.within.is_absent(path, entry)):
            continue
        if entry.kind == "link":
            ingest.add(down.target(below(root.path, path)))
        else:
            files.setdefault(entry.id, path)
    sources: list[Source] = [
        WorkFile(down, below(root.path, path), path, listing[path].size) for path in sorted(files.values())
    ]
    with ingest.progress.step(f"storing {os.fsdecode(root.path)}", sum(source.size for source in sources)) as step:
        for source, blob, _size, _stat in ingest.add_files(sources, step):
            if blob != listing[source.name].id:
                raise FileChanging(f"{os.fsdecode(below(root.path, source.name))} changed while it was recorded")
    for tree in trees.keys() & missing:
        ingest.add(trees[tree])
