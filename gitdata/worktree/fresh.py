"""Store -> work tree, where nothing is yet: a whole version is written directory by directory, as its trees are read.

What may meet what is there is decided file by file (materialise.py); here nothing is, and so neither a list of what is
to be written is needed nor one of what was.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from gitdata.disk_errors import disk_errors
from gitdata.errors import GitDataError, Incomplete, OutOfSpace, UnsafeName
from gitdata.formats.names import MAX_PATH, check_path, collisions, meet
from gitdata.formats.tree import Entry, Listing, rows_in
from gitdata.formats.unfolding import Part, unfold
from gitdata.ids import BlobId, RootId
from gitdata.progress import SILENT, Progress, Step
from gitdata.store.pools import in_order
from gitdata.store.signature import Signature
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable
from gitdata.worktree import places
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.merging import Changes
from gitdata.worktree.racy import is_racy
from gitdata.worktree.root_changes import Outcome, RootChanges, entry_of, relative
from gitdata.worktree.scan import Scan
from gitdata.worktree.snapshot import Snapshot
from gitdata.worktree.statcache import Sorted
from gitdata.worktree.state import State
from gitdata.worktree.writing import TASK_BYTES, THREADS, Writing, write_links

if TYPE_CHECKING:  # only a work tree that takes a part of its data needs it
    from gitdata.worktree.part import Within

_AHEAD = 8  # parts that are begun before the first of them is done
_NOTHING = Changes({}, {}, {}, [], [])


@mutable
class Survey:
    """What a version comes to, seen before anything of it is written. Raises `UnsafeName`, `Incomplete`."""

    root: DataRoot
    to_write: bool = True  # else it is only counted
    files: int = 0  # and links
    size: int = 0  # their bytes
    chosen: int = 0  # those that are wanted
    room: int = 0  # their bytes
    aim: "Within | None" = None  # what of it is wanted; None: all

    def wanted(self, part: Part) -> Part:
        """What of some files and links is wanted."""
        return wanted_of(part, self.aim)

    def open(self, prefix: bytes, data: bytes) -> None:
        """See an encoded directory: its names, which must not meet on any file system."""
        if not self.to_write:
            return
        names = [name for rows in rows_in(data) for name, _entry in rows]
        if names:
            check_path(prefix + max(names, key=len))
        if meet(names):
            one, other = (os.fsdecode(path) for path in collisions([prefix + name for name in names])[0])
            raise Incomplete(
                f"cannot write {os.fsdecode(self.root.path)}: {one} and {other} are one name on some file systems",
                "rename one of them in a commit and check that out",
            )

    def add(self, part: Part) -> None:
        """See some files and links."""
        self.files += len(part.entries)
        size = sum([entry.size for _name, entry in part.entries])
        self.size += size
        wanted = self.wanted(part).entries
        self.chosen += len(wanted)
        self.room += size if self.aim is None else sum([entry.size for _name, entry in wanted])
        for name, entry in part.entries:
            if self.to_write and entry.kind == "link" and entry.size > MAX_PATH:  # it is read as a whole
                raise Incomplete(
                    f"cannot write {os.fsdecode(self.root.path)}: {os.fsdecode(part.prefix + name)} is a link to "
                    f"{entry.size} bytes",
                    "no system has such links; go back to a version without it",
                )

    def check_room(self) -> None:
        """Raise `OutOfSpace` when the disk has not the bytes for it."""
        status = os.statvfs(self.root.top)
        free = status.f_bavail * status.f_frsize
        if self.room > free:
            raise OutOfSpace(f"cannot write {os.fsdecode(self.root.path)}: {self.room} bytes needed, {free} free")


def wanted_of(part: Part, aim: "Within | None") -> Part:
    """What of some files and links is wanted by `aim` (None: all); an empty directory is a part that has none."""
    if aim is None or not part.entries:
        return part
    return part._replace(entries=[item for item in part.entries if aim.holds(part.prefix + item[0])])


@frozen
class Written:
    """What is not as the version says; paths below the root."""

    edited: Listing  # somebody has put something else there meanwhile, which stays
    lost: dict[bytes, GitDataError]  # the store has not got it after all, and why
    entries: Listing = field(default_factory=dict)  # of what is lost


def write_new(survey: Survey, version: RootId, store: Store, state: State, progress: Progress = SILENT) -> Written:
    """Write what is wanted of a version that was surveyed, where nothing is; then the stat cache knows its files.

    Raises `Incomplete` naming what could not be written; everything else is then done.
    """
    root = survey.root
    job = RootChanges(root, _NOTHING, {}, Snapshot(False, {}, Scan(), 0))
    found = Written({}, {})
    problems: list[str] = []
    with (
        disk_errors(os.fsdecode(root.path)),
        state.sorted_rows(root.pointer) as rows,
        progress.step(f"writing {os.fsdecode(root.path)}", survey.room) as step,
        ThreadPoolExecutor(THREADS) as pool,
        ThreadPoolExecutor(THREADS) as readers,
    ):
        with places.directory(root.top, root.path, create=True):
            pass
        settling = _Settling(rows)
        try:
            tasks = _tasks(partial(_write, job, store, readers, step), _wanted(survey, unfold(version, store.tree)))
            for part, done in in_order(pool, tasks, _AHEAD):
                settling.add(done.written)
                problems += done.problems
                found.edited.update(_of(part, done.edited))
                found.lost.update(done.lost)
                found.entries.update(_of(part, done.lost))
        finally:
            # Also of what was written before it was cut off: the next run need not read it.
            settling.end(state.now_ns())
            rows.save()
    if problems:
        raise Incomplete(f"could not write all of {os.fsdecode(root.path)}: {'; '.join(sorted(problems))}")
    still = {path: entry for path, entry in found.edited.items() if entry_of(root, path) != entry}
    return Written(still, found.lost, found.entries)


def _wanted(survey: Survey, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts of a version as far as they are wanted; directories of which nothing is do not come."""
    for part in parts:
        wanted = survey.wanted(part)
        hollow = not part.entries and (survey.aim is None or survey.aim.holds(part.prefix[:-1], directory=True))
        if wanted.entries or hollow or not part.prefix:
            yield wanted


def _tasks(write: Callable[[Part], Outcome], parts: Iterator[Part]) -> Iterator[Callable[[], tuple[Part, Outcome]]]:
    def task(part: Part) -> Callable[[], tuple[Part, Outcome]]:
        return lambda: (part, write(part))

    return map(task, parts)


def _of(part: Part, paths: "list[bytes] | dict[bytes, GitDataError]") -> Listing:
    return {path: entry for path, entry in part.items() if path in paths} if paths else {}


def _write(job: RootChanges, store: Store, readers: ThreadPoolExecutor, step: Step, part: Part) -> Outcome:
    """Write a part of a version."""
    files = [(path, entry) for path, entry in part.items() if entry.kind != "link"]
    writing = Writing(job, store, readers if files and files[0][1].size >= TASK_BYTES else None)
    folder = relative(job.root, part.prefix[:-1])
    done = None
    # A new directory is filled before it gets its name; the root itself may be where something is mounted.
    if part.alone and part.prefix and files and len(files) == len(part.entries) and _made(job, places.split(folder)[0]):
        done = writing.together(files)
    if done is None:
        if not _made(job, folder):
            return Outcome(edited=[path for path, _entry in part.items()])
        done = writing.one_by_one(files) if files else Outcome()
    links = {path: entry for path, entry in part.items() if entry.kind == "link"}
    if links:
        write_links(RootChanges(job.root, Changes(links, {}, {}, [], []), {}, job.seen), store, done)
    step.advance(sum([entry.size for _path, entry in files]))
    return done


def _made(job: RootChanges, folder: bytes) -> bool:
    """Make a directory (relative to the top) if it is not there; False when something else is in its way."""
    try:
        with places.directory(job.root.top, folder, create=True):
            return True
    except UnsafeName:
        return False


class _Settling:
    """Rows of files just written, until these cannot change any more without looking different."""

    def __init__(self, rows: Sorted) -> None:
        self._rows = rows
        self._waiting: deque[tuple[bytes, Signature, BlobId]] = deque()
        self._now_ns = 0  # when the last file was written

    def add(self, written: list[tuple[bytes, Signature, BlobId]]) -> None:
        """Add files in the order of their paths."""
        self._waiting.extend(written)
        self._now_ns = max([self._now_ns, *(seen.ctime_ns for _path, seen, _blob in written)])
        waiting = self._waiting
        while waiting and not _is_racy(waiting[0][1], self._now_ns):
            path, seen, blob = waiting.popleft()
            self._rows.add(path, (seen, blob))

    def end(self, now_ns: int) -> None:
        """No more come; it is `now_ns` by the file system's clock."""
        for path, seen, blob in self._waiting:
            if not _is_racy(seen, now_ns):
                self._rows.add(path, (seen, blob))


def _is_racy(seen: Signature, now_ns: int) -> bool:
    return is_racy(seen, now_ns, own=seen.size >= places.LARGE)


def entry_in(root: RootId, store: Store, wanted: "set[BlobId]", aim: "Within | None" = None) -> dict[bytes, Entry]:
    """The files and links of a version that have one of some contents, within `aim`."""
    found = {}
    for whole in unfold(root, store.tree):
        part = wanted_of(whole, aim)
        found.update({path: entry for path, entry in part.items() if entry.id in wanted})
    return found
