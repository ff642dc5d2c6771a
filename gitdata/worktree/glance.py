"""What differs from a version in the work tree, by stat data alone: a look, which stores nothing.

New, deleted and resized files are not read. One of the same size and with other times is, as Git does it, as
long as the bytes of all of them stay within a budget; beyond that it counts as modified.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from gitdata.descent import Descent
from gitdata.errors import FileChanging
from gitdata.formats.growing import Growing
from gitdata.formats.tree import Entry, Listing
from gitdata.formats.unfolding import Part
from gitdata.ids import BlobId, RootId
from gitdata.progress import SILENT, UNSEEN, About, Progress, Step
from gitdata.store.signature import Signature, signature
from gitdata.store.sources import WorkFile, hash_sources
from gitdata.values import field, frozen, mutable
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit
from gitdata.worktree.entries import EMPTY_DIRECTORY, below, file_entry, link_entry
from gitdata.worktree.looked import Before, Looked, look_at
from gitdata.worktree.racy import is_racy, settles_ns
from gitdata.worktree.scan import Ignored, Scan
from gitdata.worktree.statcache import Lookup, Rows
from gitdata.worktree.state import State
from gitdata.worktree.walk import seen_in, walk

_KEPT = 1 << 17  # files that are kept to be compared, if it comes to that
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

    @cached_property
    def down(self) -> Descent:
        """The way to its files."""
        return Descent(self.root.top)

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
        """What the version has, and nobody else; but for what this work tree does not take."""
        within = self.root.within
        for path, entry in was.items():
            if within is None or not within.left_out(path, entry):
                self.edits[path] = Edit("deleted", entry.kind, entry.size, None)

    def hollow(self, path: bytes, below: Iterable[tuple[bytes, Entry]]) -> None:
        """An empty directory at `path`, and what the version has below it: it is new if nothing of that is left out."""
        found = {name.removesuffix(b"/"): entry for name, entry in below}
        self.gone(found)
        if found.keys() <= self.edits.keys():
            self.entry(path, None, EMPTY_DIRECTORY, None)

    def end(self) -> Glance:
        """The result, once what is doubtful was read as far as the budget goes, and what is too new is older."""
        rows = self._read()
        self._wait()
        return Glance(True, self.edits, rows)

    def _read(self) -> Rows:
        rows: Rows = {}
        sources, down, data = [], self.down, self.root.path
        for path, (was, seen) in self.doubtful.items():
            self.edits[path] = Edit("modified", was.kind, seen.size, seen)
            if seen.size <= self.budget.left:
                self.budget.left -= seen.size
                sources.append(WorkFile(down, below(data, path), path, seen.size))
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
            seen = _signature(self.down, below(self.root.path, path))
            sure = seen is not None and not is_racy(seen, now)
            self.edits[path] = edit._replace(size=seen.size if seen else edit.size, seen=seen if sure else None)


@frozen
class Version:
    """What a look compares with."""

    root: RootId | None  # None: its entries are at hand
    entries: Callable[
        [], Iterable[tuple[bytes, Entry]]
    ]  # paths, with what is there; directories that are empty as `a/`
    files: int = 0  # how many it has, where that is known


def in_order(listing: Listing) -> Iterator[tuple[bytes, Entry]]:
    """The entries of a listing as a version gives them."""
    return iter(sorted((path + b"/" if entry.kind == "dir" else path, entry) for path, entry in listing.items()))


def unfolded(parts: Iterable[Part]) -> Iterator[tuple[bytes, Entry]]:
    """The entries of a version that is known by its trees."""
    for part in parts:
        if not part.entries and part.prefix:
            yield part.prefix, EMPTY_DIRECTORY
        yield from part.items()


def glance(looking: Looking, ignored: Ignored | None, version: Version, progress: Progress = SILENT) -> Glance:
    """Look at everything below the root, and compare it with `version`.

    Its trees are not asked for where all that is there is that version. Raises `Unreadable` with the full list of what
    cannot be recorded.
    """
    root, down = looking.root, looking.down
    try:
        mode = down.status(root.path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Glance(False)
    with progress.step(f"looking at {os.fsdecode(root.path)}", About(version.files), "files") as step:
        if not stat.S_ISDIR(mode):
            found = scanning.scan(down, root.path)
            scanning.refuse_problems(root.path, found.problems)
            row = looking.rows().get(b"")
            blob = BlobId(row[1]) if row is not None and row[0] == found.files[b""] else None
            _compare(looking, iter([_Here(b"", found.files[b""], blob)]), iter(version.entries()))
            return looking.end()
        found = Scan()
        before: list[Looked] | None = []
        coming = _looked(looking, found, ignored, step)
        if version.root is not None and root.within is None:
            same, before = _unchanged(coming, version.root, looking)
            scanning.refuse_problems(root.path, found.problems)
            if same:
                return Glance(True)
        if before is None:  # too many to be kept: once more
            found = Scan()
            coming = _looked(looking, found, ignored, UNSEEN)
        _compare(looking, _each(chain(before or (), coming)), iter(version.entries()))
    scanning.refuse_problems(root.path, found.problems)
    return looking.end()


class _Here(NamedTuple):
    """Something at a path."""

    key: bytes  # the path; of an empty directory with a slash
    seen: Signature | None
    known: BlobId | None  # content


def _looked(looking: Looking, found: Scan, ignored: Ignored | None, step: Step) -> Iterator[Looked]:
    before = Before(looking.rows().sorted())
    return (look_at(stretch, before)[0] for stretch in walk(looking.down, looking.root.path, found, ignored, step))


def _unchanged(coming: Iterator[Looked], version: RootId, looking: Looking) -> tuple[bool, list[Looked] | None]:
    """Whether all that comes is a version; what has come by the time that shows, None when that is too much to keep."""
    kept: list[Looked] | None = []
    growing, count = Growing(lambda _tree: None), 0
    for one in coming:
        count += len(one.known) + 1
        if kept is not None:
            kept.append(one)
            kept = kept if count <= _KEPT else None
        if one.changed:
            return False, kept
        growing.enter(one.stretch.prefix)
        for here in _each([one]):
            if here.seen is not None:
                entry = _entry(looking, here)
                growing.add(here.key[len(one.stretch.prefix) :], entry.kind, entry.size, entry.id)
    return growing.root() == version, kept


def _each(looked: Iterable[Looked]) -> Iterator[_Here]:
    for (prefix, rows), known in looked:
        if not rows:
            yield _Here(prefix, None, None)
        for row, blob in zip(rows, known, strict=True):
            name, seen = seen_in(row)
            yield _Here(prefix + name, seen, blob)


def _entry(looking: Looking, here: _Here) -> Entry:
    """What is there, of what is known."""
    if here.seen is None:
        return EMPTY_DIRECTORY
    if here.known is None:
        return link_entry(looking.down, below(looking.root.path, here.key))
    return file_entry(here.seen.mode, here.seen.size, here.known)


def _compare(looking: Looking, here: Iterator[_Here], version: Iterator[tuple[bytes, Entry]]) -> None:
    """See what differs, path by path."""
    was = next(version, None)
    for one in here:
        while was is not None and was[0] < one.key:
            looking.gone({was[0].removesuffix(b"/"): was[1]})
            was = next(version, None)
        old = was[1] if was is not None and was[0] == one.key else None
        if one.seen is None and old is None and looking.root.within is not None:
            inside = []
            while was is not None and was[0].startswith(one.key):
                inside.append(was)
                was = next(version, None)
            looking.hollow(one.key[:-1], inside)
        elif one.seen is not None and one.known is None and not stat.S_ISLNK(one.seen.mode):
            looking.file(one.key, old, one.seen)
        else:
            looking.entry(one.key.removesuffix(b"/"), old, _entry(looking, one), one.seen)
        if old is not None:
            was = next(version, None)
    while was is not None:
        looking.gone({was[0].removesuffix(b"/"): was[1]})
        was = next(version, None)


def _signature(down: Descent, path: bytes) -> Signature | None:
    try:
        return signature(down.status(path))
    except OSError:
        return None
