"""Files and links out of the store into the work tree, several at a time."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gitdata.errors import DataCorrupt, DataMissing, UnsafeName
from gitdata.formats.tree import Entry
from gitdata.progress import Progress, Step
from gitdata.store.pools import Pool
from gitdata.store.reading import Batch
from gitdata.store.signature import Signature
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.worktree import places
from gitdata.worktree.before import Edited
from gitdata.worktree.root_changes import Outcome, RootChanges, relative

THREADS = 2
_TASK_FILES = 1024
TASK_BYTES = 8 << 20

Item = tuple[bytes, Entry]
Parts = Iterator[bytes | memoryview]


def write_files(job: RootChanges, made: set[bytes], store: Store, progress: Progress, outcome: Outcome) -> None:
    """Write the regular files.

    `made` are directories (relative to the top) that are empty, as they were made for this.
    """
    items = [(path, entry) for path, entry in job.changes.write.items() if entry.kind in ("file", "exec")]
    if not items:
        return
    tasks = list(_tasks(sorted(items)))
    # What a kill in the midst of it costs is bounded by what one task is.
    alone = {path for path, count in Counter(_parent(job, task[0]) for task in tasks).items() if count == 1} & made

    def run(task: list[Item], step: Step) -> Outcome:
        # The parts of a large file are made ready by other threads than the one that writes it.
        writing = Writing(job, store, readers if task[0][1].size >= TASK_BYTES else None)
        done = writing.together(task) if _parent(job, task[0]) in alone else None
        if done is None:
            done = writing.one_by_one(task)
        step.advance(sum(entry.size for _path, entry in task))
        return done

    total = sum(entry.size for _, entry in items)
    with (
        progress.step(f"writing {os.fsdecode(job.root.path)}", total) as step,
        ThreadPoolExecutor(THREADS) as pool,
        ThreadPoolExecutor(THREADS) as readers,
    ):
        for done in pool.map(partial(run, step=step), tasks):
            outcome.add(done)


def _tasks(items: list[Item]) -> Iterator[list[Item]]:
    """Batches of files of one directory, small enough to share out evenly."""
    task: list[Item] = []
    size = 0
    for item in items:
        if task and (
            places.split(task[0][0])[0] != places.split(item[0])[0]
            or len(task) >= _TASK_FILES
            or size + item[1].size > TASK_BYTES
        ):
            yield task
            task, size = [], 0
        task.append(item)
        size += item[1].size
    if task:
        yield task


@frozen
class Writing:
    """The files of a task, all of one directory, on their way into it."""

    job: RootChanges
    store: Store
    readers: Pool | None

    def together(self, task: list[Item]) -> Outcome | None:
        """Fill a new directory and put it in place; None when that cannot be done."""
        contents = self.store.batch([entry.id for _, entry in task])
        above, name = places.split(_parent(self.job, task[0]))
        try:
            with (
                places.directory(self.job.root.top, above, noted=self._seen(above)) as there,
                there.filled(name) as place,
            ):
                return Outcome([(path, self._create(place, path, entry, contents), entry.id) for path, entry in task])
        except (OSError, UnsafeName, DataCorrupt, DataMissing):
            return None  # somebody has put something there, or a file cannot be read or written: one by one it shows

    def _create(self, place: places.Place, path: bytes, entry: Entry, contents: Batch) -> Signature:
        return place.create(
            _name(self.job, path),
            contents.chunks(entry.id, self.readers, size=entry.size),
            executable=entry.kind == "exec",
        )

    def one_by_one(self, task: list[Item]) -> Outcome:
        """Write each under a temporary name and put it in place."""
        done = Outcome()
        contents = self.store.batch([entry.id for _, entry in task])
        left = list(reversed(task))
        try:
            parent = _parent(self.job, task[0])
            with places.directory(self.job.root.top, parent, noted=self._seen(parent)) as place:
                while left:
                    self._write(place, left[-1], contents, done)
                    left.pop()
        except (FileNotFoundError, UnsafeName):  # somebody took the directory away, or put something in its place
            done.edited.extend(path for path, _entry in left)
        return done

    def _seen(self, folder: bytes) -> bool:
        """Whether Git sees what is made in a folder (relative to the top): it is none of the data."""
        return not (folder + b"/").startswith(self.job.root.path + b"/")

    def _write(self, place: places.Place, item: Item, contents: Batch, done: Outcome) -> None:
        path, entry = item
        name, before = _name(self.job, path), self.job.before(path)
        read = partial(contents.chunks, entry.id, self.readers, size=entry.size)
        parts = _beside(place, name, before.entry, read, self.store) if before and self.readers else read()
        try:
            seen = place.write(name, parts, before, executable=entry.kind == "exec")
        except Edited:
            done.edited.append(path)
        except (IsADirectoryError, PermissionError) as error:
            done.problems.append(_problem(path, error))
        except (DataCorrupt, DataMissing) as error:
            done.lost[path] = error
        else:
            done.written.append((path, seen, entry.id))


def _problem(path: bytes, error: OSError) -> str:
    return f"{os.fsdecode(path)} ({os.strerror(error.errno or 0).lower()})"


def _parent(job: RootChanges, item: Item) -> bytes:
    return places.split(relative(job.root, item[0]))[0]


def _name(job: RootChanges, path: bytes) -> bytes:
    return places.split(relative(job.root, path))[1]


def _beside(place: places.Place, name: bytes, before: Entry, read: Callable[..., Parts], store: Store) -> Parts:
    """What `read` gives when it may take parts of the file that is to be replaced."""
    with place.reading(name) as descriptor:
        yield from read(store.beside(descriptor, before.id) if descriptor is not None else None)


def write_links(job: RootChanges, store: Store, outcome: Outcome) -> None:
    """Make the links."""
    for path, entry in sorted(job.changes.write.items()):
        if entry.kind != "link":
            continue
        parent, name = places.split(relative(job.root, path))
        try:
            with places.directory(job.root.top, parent) as place:
                place.link(name, store.read(entry.id, entry.size), job.before(path))
        except (Edited, FileNotFoundError, UnsafeName):
            outcome.edited.append(path)
        except (IsADirectoryError, PermissionError) as error:
            outcome.problems.append(_problem(path, error))
        except (DataCorrupt, DataMissing) as error:
            outcome.lost[path] = error
