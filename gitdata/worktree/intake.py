"""Intake: all the data of a root on its way into the store, in the order of the paths, many files at a time.

Nothing that is as long as the list of files is ever in memory: directories are made from their entries as they come,
and what the stat cache is to know goes to the disk.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import chain, compress
from typing import TYPE_CHECKING

from blake3 import blake3

from gitdata import interrupts
from gitdata.descent import Descent
from gitdata.errors import FileChanging, UnsafeName
from gitdata.formats.growing import Growing
from gitdata.formats.names import check_names
from gitdata.formats.tree import Entry, Listing, Room
from gitdata.ids import BlobId, RootId
from gitdata.progress import About, Progress, Step
from gitdata.store.database import batches
from gitdata.store.ingest import Ingest
from gitdata.store.signature import Signature
from gitdata.store.sources import Problems, Source, Stored, WorkFile
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import EMPTY_DIRECTORY, below, file_entry
from gitdata.worktree.looked import Before, Looked, look_at
from gitdata.worktree.racy import is_racy
from gitdata.worktree.scan import Ignored, Scan
from gitdata.worktree.statcache import Row, Rows, merged
from gitdata.worktree.state import State
from gitdata.worktree.unfit_names import refuse_unfit
from gitdata.worktree.walk import Stretch, seen_in, walk

if TYPE_CHECKING:  # only a work tree that takes a part of its data needs it
    from gitdata.worktree.left_out import LeftOut

_AHEAD = 1 << 17  # files that are looked at before the first is read: of no more than these the bytes are known
_TOGETHER = 1 << 15  # files that are read together
_LISTED = 120_000  # entries: no pointer in listing form has as many
_LATE = 5000  # rows of files that could still change without looking different


_File = tuple[bytes, Signature, BlobId | None]  # name, how it was seen, content if it looks as it did


@frozen
class Taken:
    """What a data root holds; all of it is in the store once the ingest is published."""

    root: RootId
    entries: int  # files, links and empty directories
    files: int  # files and links
    size: int  # their bytes
    listing: Listing | None  # None: more than any pointer lists


class Intake:
    """One data root on its way into `ingest`. It ends with `remember`, `keep_part` or `close`."""

    def __init__(
        self, root: DataRoot, state: State, ingest: Ingest, left_out: "LeftOut | None" = None, about: int = 0
    ) -> None:
        """`about`: how many files there were before, for those who watch."""
        self._about = about
        self._root, self._state, self._ingest = root, state, ingest
        self._down = Descent(root.top)
        self._left_out = left_out  # what the version before has and this work tree does not take; None: nothing
        self._before = Before(state.lookup(root.pointer).sorted())
        self._found = Scan()
        self._problems = Problems()
        self._growing = Growing(ingest.add)
        self._room = Room()
        self._rows = state.sorted_rows(root.pointer)  # of files that were read
        self._reading: Rows = {}  # of those that are read together just now
        self._late: Rows = {}  # of files that may still change without looking different
        self._earlier: dict[bytes, BlobId] = {}  # what files were that are to be read
        self._listing: Listing | None = {}
        self._entries = self._files = self._size = 0

    def close(self) -> None:
        """Drop what was not remembered."""
        self._rows.close()

    def take(self, ignored: Ignored | None, progress: Progress) -> Taken | None:
        """Look at all of the root and store what is new; None when it is not there.

        Raises `Unreadable` with the full list of what cannot be recorded, `FileChanging`, `UnsafeName`.
        """
        root = self._root
        try:
            mode = self._down.status(root.path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        name = os.fsdecode(root.path)
        if not stat.S_ISDIR(mode):
            found = scanning.scan(self._down, root.path)
            scanning.refuse_problems(root.path, found.problems)
            return self._single(found.files[b""], progress)
        ahead: list[Looked] = []
        with progress.step(f"looking at {name}", About(self._about), "files") as step:
            looked = map(self._looked, walk(self._down, root.path, self._found, ignored, step))
            count = 0
            for one in looked:
                ahead.append(one)
                count += len(one.known)
                if count >= _AHEAD:
                    break
        scanning.refuse_problems(root.path, self._found.problems)
        total = sum(one.to_read() for one in ahead)
        if count >= _AHEAD:  # of more the bytes are not known before all of them were looked at
            total = About(total * self._about // count if self._about > count else 0)
        with progress.step(f"storing {name}", total) as step:
            for batch in _batches(chain(_consumed(ahead), looked)):
                self._store(batch, step)
        if self._left_out is not None:
            self._keep_version(self._left_out.rest())
        scanning.refuse_problems(root.path, self._found.problems)
        self._problems.check()
        return Taken(self._growing.root(), self._entries, self._files, self._size, self._listing)

    def _looked(self, stretch: Stretch) -> Looked:
        """Compare files with what the stat cache knew of them."""
        looked, other = look_at(stretch, self._before)
        self._earlier.update(other)
        return looked

    def _store(self, batch: list[Looked], step: Step) -> None:
        """Read what is new in a batch, and add all of it to the directories."""
        files = [
            [(*seen_in(row), blob) for row, blob in zip(one.stretch.rows, one.known, strict=True)] for one in batch
        ]
        prefixes = [one.stretch.prefix for one in batch]
        done: dict[bytes, Stored] = {}
        for stored in self._ingest.add_files(self._sources(prefixes, files), step, self._problems):
            done[stored.source.name] = stored
            self._reading[stored.source.name] = (stored.seen, stored.blob)
        now = self._state.now_ns()
        for prefix, inside in zip(prefixes, files, strict=True):
            filled = self._left_out is not None and self._fill(prefix, inside, self._left_out)
            hollow = not inside and not filled
            self._growing.enter(prefix)
            if hollow:
                self._list(prefix[:-1], EMPTY_DIRECTORY)
            for name, seen, blob in inside:
                if self._left_out is not None:
                    self._keep_version(self._left_out.before(prefix + name))
                    self._growing.enter(prefix)
                self._add(prefix, name, self._entry(prefix + name, seen, blob, done))
        for path in done:
            self._keep(path, self._reading[path], now)
        self._reading.clear()

    def _sources(self, prefixes: list[bytes], files: list[list[_File]]) -> Iterator[Source]:
        down, data = self._down, self._root.path
        for prefix, inside in zip(prefixes, files, strict=True):
            self._check_names(prefix, [name for name, _seen, _blob in inside])
            for name, seen, blob in inside:
                if blob is None and not stat.S_ISLNK(seen.mode):
                    path = prefix + name
                    yield WorkFile(down, below(data, path), path, seen.size, self._earlier.pop(path, None))

    def _check_names(self, prefix: bytes, names: list[bytes]) -> None:
        self._room.take(len(names) + 1, 2 * len(prefix) + sum(map(len, names)) + len(prefix) * len(names))
        try:
            refuse_unfit(self._root.path, [prefix + max(names, key=len) if names else prefix[:-1]])
            check_names(names)
        except UnsafeName:
            refuse_unfit(self._root.path, [prefix + name for name in names])
            raise

    def _entry(self, path: bytes, seen: Signature, known: BlobId | None, done: dict[bytes, Stored]) -> Entry | None:
        """What is at a path, None when it could not be read."""
        if stat.S_ISLNK(seen.mode):
            try:
                target = self._down.target(below(self._root.path, path))
            except OSError as error:
                raise FileChanging(f"{os.fsdecode(path)} changed while it was read") from error
            self._ingest.add(target)
            return Entry("link", len(target), BlobId(blake3(target).digest()))
        if known is not None:
            return file_entry(seen.mode, seen.size, known)
        stored = done.get(path)
        return file_entry(stored.seen.mode, stored.size, stored.blob) if stored is not None else None

    def _add(self, prefix: bytes, name: bytes, entry: Entry | None) -> None:
        if entry is not None:
            self._growing.add(name, entry.kind, entry.size, entry.id)
            self._files += 1
            self._size += entry.size
            self._list(prefix + name, entry)

    def _fill(self, prefix: bytes, inside: list[_File], left_out: "LeftOut") -> bool:
        """Take over what comes before a stretch; whether a directory is empty here only for that it is left out."""
        self._keep_version(left_out.before(prefix + inside[0][0] if inside else prefix))
        return not inside and self._keep_version(left_out.below(prefix)) > 0

    def _keep_version(self, entries: Iterable[tuple[bytes, Entry]]) -> int:
        """Take over what the version before has, in the order of the paths; how many entries."""
        count = 0
        for count, (path, entry) in enumerate(entries, 1):  # noqa: B007 - the last one tells how many
            folder, _, name = path.rpartition(b"/")
            self._growing.enter(folder + b"/" if folder else b"")
            if name:
                self._add(path[: len(path) - len(name)], name, entry)
            else:
                self._list(folder, entry)
        return count

    def _list(self, path: bytes, entry: Entry) -> None:
        self._entries += 1
        if self._listing is not None:
            self._listing[path] = entry
            if self._entries > _LISTED:
                self._listing = None

    def _keep(self, path: bytes, row: Row, now: int) -> None:
        if not is_racy(row[0], now):
            self._rows.add(path, row)
        elif len(self._late) < _LATE:
            self._late[path] = row

    def _single(self, seen: Signature, progress: Progress) -> Taken:
        """A root that is a single file."""
        row = self._before.get(b"")
        if row is not None and row[0] == seen:
            entry = file_entry(seen.mode, seen.size, BlobId(row[1]))
        else:
            earlier = BlobId(row[1]) if row is not None else None
            source = WorkFile(self._down, self._root.path, b"", seen.size, earlier)
            with progress.step(f"storing {os.fsdecode(self._root.path)}", seen.size) as step:
                stored = next(iter(self._ingest.add_files([source], step)))
            entry = file_entry(stored.seen.mode, stored.size, stored.blob)
            self._keep(b"", (stored.seen, stored.blob), self._state.now_ns())
        return Taken(RootId(entry.id), 1, 1, entry.size, {b"": entry})

    def remember(self) -> None:
        """Let the stat cache know what was read, once it is published in the store."""
        pointer, before, state = self._root.pointer, self._before, self._state
        before.end()
        if not before.still and not before.gone:
            self._rows.save()
        elif 10 * (self._rows.count + before.gone) > self._files:
            still = compress(state.lookup(pointer).sorted(), before.still)
            state.replace_rows(pointer, merged(still, self._rows.rows()))
        elif self._rows.count:
            state.add_rows(pointer, dict(self._rows.rows()))
        now = state.now_ns()
        late = {path: row for path, row in self._late.items() if not is_racy(row[0], now)}
        if late:
            state.add_rows(pointer, late)
        self.close()

    def keep_part(self, store: Store) -> None:
        """Let the stat cache know what was read whole before work was cut off, and is in the store."""
        now = self._state.now_ns()
        read = chain(self._rows.rows(), ((path, self._reading[path]) for path in sorted(self._reading)))
        settled = (row for row in read if not is_racy(row[1][0], now))
        pointer = self._root.pointer
        self._state.replace_rows(pointer, merged(self._state.lookup(pointer).sorted(), _stored(settled, store)))
        self.close()


def _consumed(items: list[Looked]) -> Iterator[Looked]:
    """The items of a list, which gets shorter meanwhile."""
    items.reverse()
    while items:
        yield items.pop()


def _batches(stretches: Iterable[Looked]) -> Iterator[list[Looked]]:
    """Stretches together, as far as they are not too many files."""
    batch: list[Looked] = []
    count = 0
    for one in stretches:
        interrupts.check()
        batch.append(one)
        count += len(one.known) + 1
        if count >= _TOGETHER:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _stored(rows: Iterable[tuple[bytes, Row]], store: Store) -> Iterator[tuple[bytes, Row]]:
    """Those rows whose content is in the store."""
    for batch in batches(rows, 4096):
        known = store.has(BlobId(row[1]) for _path, row in batch)
        yield from (item for item in batch if item[1][1] in known)
