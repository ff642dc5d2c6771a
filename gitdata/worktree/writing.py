"""Files and links out of the store into the work tree, several at a time."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gitdata.formats.tree import Entry
from gitdata.ids import BlobId
from gitdata.progress import Progress
from gitdata.store.pools import Pool
from gitdata.store.signature import Signature
from gitdata.store.store import Store
from gitdata.worktree import places
from gitdata.worktree.job import Job, relative

_THREADS = 2
_TASK_FILES = 256
_TASK_BYTES = 8 << 20

Item = tuple[bytes, Entry]
Parts = Iterator[bytes | memoryview]
Written = list[tuple[bytes, Signature, BlobId]]


def write_files(job: Job, store: Store, progress: Progress, problems: list[str]) -> Written:
    """Write the regular files; what cannot be written goes to `problems`."""
    items = [(path, entry) for path, entry in job.changes.write.items() if entry.kind in ("file", "exec")]
    written: Written = []
    if not items:
        return written
    progress.start(f"writing {os.fsdecode(job.root.path)}", sum(entry.size for _, entry in items))

    def run(task: list[Item]) -> tuple[Written, list[str]]:
        # The parts of a large file are made ready by other threads than the one that writes it.
        return _write_task(job, task, store, readers if task[0][1].size >= _TASK_BYTES else None, progress)

    with ThreadPoolExecutor(_THREADS) as pool, ThreadPoolExecutor(_THREADS) as readers:
        for done, failed in pool.map(run, _tasks(sorted(items))):
            written.extend(done)
            problems.extend(failed)
    progress.done()
    return written


def _tasks(items: list[Item]) -> Iterator[list[Item]]:
    """Batches of files of one directory, small enough to share out evenly."""
    task: list[Item] = []
    size = 0
    for item in items:
        if task and (
            places.split(task[0][0])[0] != places.split(item[0])[0]
            or len(task) >= _TASK_FILES
            or size + item[1].size > _TASK_BYTES
        ):
            yield task
            task, size = [], 0
        task.append(item)
        size += item[1].size
    if task:
        yield task


def _write_task(
    job: Job, task: list[Item], store: Store, readers: Pool | None, progress: Progress
) -> tuple[Written, list[str]]:
    written: Written = []
    problems = []
    contents = store.batch([entry.id for _, entry in task])
    parent = places.split(relative(job.root, task[0][0]))[0]
    with places.directory(job.root.top, parent) as place:
        for path, entry in task:
            name = places.split(relative(job.root, path))[1]
            read = partial(contents.chunks, entry.id, readers)
            before = job.changes.overwritten.get(path) if readers else None
            parts = read() if before is None else _beside(place, name, before, read, store)
            try:
                seen = place.write(name, parts, executable=entry.kind == "exec")
            except (IsADirectoryError, PermissionError) as error:
                problems.append(f"{os.fsdecode(path)} ({os.strerror(error.errno or 0).lower()})")
                continue
            written.append((path, seen, entry.id))
            progress.advance(entry.size)
    return written, problems


def _beside(place: places.Place, name: bytes, before: Entry, read: Callable[..., Parts], store: Store) -> Parts:
    """What `read` gives when it may take parts of the file that is to be replaced."""
    with place.reading(name) as descriptor:
        yield from read(store.beside(descriptor, before.id) if descriptor is not None else None)


def write_links(job: Job, store: Store, problems: list[str]) -> None:
    """Make the links; what cannot be made goes to `problems`."""
    for path, entry in sorted(job.changes.write.items()):
        if entry.kind != "link":
            continue
        parent, name = places.split(relative(job.root, path))
        with places.directory(job.root.top, parent) as place:
            try:
                place.link(name, store.read(entry.id, entry.size))
            except (IsADirectoryError, PermissionError) as error:
                problems.append(f"{os.fsdecode(path)} ({os.strerror(error.errno or 0).lower()})")
