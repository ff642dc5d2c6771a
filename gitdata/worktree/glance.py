"""What differs from a version in the work tree, by stat data alone: a look, which stores nothing.

New, deleted and resized files are not read. One of the same size and with other times is, as Git does it, as
long as the bytes of all of them stay within a budget; beyond that it counts as modified.
"""

import os
import time
from collections.abc import Callable, Mapping

from gitdata.errors import FileChanging
from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.progress import SILENT, Progress
from gitdata.store.signature import Signature, signature
from gitdata.store.sources import WorkFile, hash_sources
from gitdata.values import field, frozen, mutable
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit
from gitdata.worktree.entries import below, empty_directories, file_entry, link_entry, take_unchanged
from gitdata.worktree.scan import Ignored
from gitdata.worktree.statcache import Lookup, Rows, is_racy, settles_ns
from gitdata.worktree.state import State

_PATIENCE_NS = 50_000_000  # to wait for, so that a file that was just written can be told from its next version


@mutable
class Budget:
    """What may still be read."""

    left: int  # bytes


@frozen
class Glance:
    """What a look has found at one data root."""

    present: bool  # False: the root is not there at all
    edits: dict[bytes, Edit] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)  # of files that were read and are as the version has them


@mutable
class Looking:
    """A look at one data root, as far as it has come."""

    root: DataRoot
    state: State
    budget: Budget
    known: Mapping[bytes, Edit]  # what the look before has found
    rows: Callable[[], Lookup]  # what the stat cache has; opened once something asks
    edits: dict[bytes, Edit] = field(default_factory=dict)
    doubtful: dict[bytes, tuple[Entry, Signature]] = field(default_factory=dict)  # only their content can tell

    def entry(self, path: bytes, was: Entry | None, now: Entry, seen: Signature | None) -> None:
        """What is at `path` now, and what the version has there."""
        if was != now:
            self.edits[path] = Edit("added" if was is None else "modified", now.kind, now.size, seen)

    def file(self, path: bytes, was: Entry | None, seen: Signature) -> None:
        """A file that is not known to be as it was."""
        known = self.known.get(path)
        now = file_entry(seen.mode, seen.size, BlobId(was.id if was is not None else b""))
        if was != now:
            self.entry(path, was, now, seen)
        elif known is not None and known.seen == seen:
            self.edits[path] = known
        elif was is not None and self.rows().get(path) != (seen, was.id):
            self.doubtful[path] = (was, seen)

    def gone(self, was: Mapping[bytes, Entry]) -> None:
        """What the version has, and nobody else."""
        for path, entry in was.items():
            self.edits[path] = Edit("deleted", entry.kind, entry.size, None)

    def end(self) -> Glance:
        """The result, once what is doubtful was read as far as the budget goes, and what is too new is older."""
        rows = self._read()
        self._wait()
        return Glance(True, self.edits, rows)

    def _read(self) -> Rows:
        rows: Rows = {}
        sources, full = [], self.root.full
        for path, (was, seen) in self.doubtful.items():
            self.edits[path] = Edit("modified", was.kind, seen.size, seen)
            if seen.size <= self.budget.left:
                self.budget.left -= seen.size
                sources.append(WorkFile(below(full, path), path, seen.size))
        try:
            for source, blob, size, seen in hash_sources(sources) if sources else ():
                if self.doubtful[source.name][0] == file_entry(seen.mode, size, blob):
                    del self.edits[source.name]
                    rows[source.name] = (seen, blob)
                else:
                    self.edits[source.name] = self.edits[source.name]._replace(size=size, seen=seen)
        except FileChanging:
            pass  # somebody is writing it: an edit
        now = self.state.now_ns() if rows else 0
        return {path: row for path, row in rows.items() if not is_racy(row[0], now)}

    def _wait(self) -> None:
        """Let the clock move on after the last edit, so that one that comes later looks different.

        Where the clock of the file system is a coarse one, what is too new is left without stat data.
        """
        now = self.state.now_ns() if self.edits else 0
        settled = {path: settles_ns(edit.seen) for path, edit in self.edits.items() if edit.seen is not None}
        fresh = [path for path, moment in settled.items() if moment > now]
        last = max((settled[path] for path in fresh), default=now)
        until = last if last - now <= _PATIENCE_NS else now
        while now < until:
            time.sleep((until - now) / 1e9 + 0.001)  # the clock of a file system moves on in steps
            now = self.state.now_ns()
        for path in fresh:
            edit = self.edits[path]
            seen = _signature(below(self.root.full, path))
            sure = seen is not None and not is_racy(seen, now)
            self.edits[path] = edit._replace(size=seen.size if seen else edit.size, seen=seen if sure else None)


def glance(
    looking: Looking,
    ignored: Ignored | None,
    version: Callable[[Listing | None], Listing | None],
    progress: Progress = SILENT,
) -> Glance:
    """Look at everything below the root.

    `version` gives the listing to compare with; None when what it is given, all that is there if nothing of it is in
    doubt, is that version. Raises `Unreadable` with the full list of what cannot be recorded.
    """
    root = looking.root
    with progress.step(f"looking at {os.fsdecode(root.path)}", unit="files") as step:
        found = scanning.scan(root.full, ignored, step)
    if not found.present:
        return Glance(False)
    scanning.refuse_problems(root.path, found.problems)
    here: Listing = empty_directories(found.empty)
    changed = take_unchanged(found.files, looking.rows().all(), here)
    for path in found.links:
        here[path] = link_entry(below(root.full, path))
    listing = version(None if changed else here)
    if listing is None:
        return Glance(True)
    for path, entry in here.items():
        looking.entry(path, listing.get(path), entry, found.files.get(path) or found.links.get(path))
    for path in changed:
        looking.file(path, listing.get(path), found.files[path])
    looking.gone({path: listing[path] for path in listing.keys() - here.keys() - set(changed)})
    return looking.end()


def _signature(full: bytes) -> Signature | None:
    try:
        return signature(os.lstat(full))
    except OSError:
        return None
