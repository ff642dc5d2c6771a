"""Reading files that others may be writing: what was read is consistent, or it is an error."""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from blake3 import blake3

from gitdata.errors import FileChanging, Unreadable
from gitdata.ids import BlobId

THREADS = 2  # per ingest; compression and hashing release the GIL
SMALL = 1 << 20  # bytes: files up to this size are read whole, many to a task
BLOCK = 4 << 20  # bytes read at a time from larger ones
_TASK_FILES = 128
_TRIES = 3

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Source(Protocol):
    """A file to read."""

    @property
    def name(self) -> bytes:
        """What messages call it."""

    @property
    def size(self) -> int:
        """The bytes it is expected to have."""

    @property
    def earlier(self) -> BlobId | None:
        """What it was when it was last stored; most of a large file will be the same still."""

    def open(self) -> int:
        """A fresh read-only descriptor, which the caller closes; `OSError` when it cannot be read."""


class Pending(Protocol[Result_co]):
    """Work that was handed to a pool."""

    def result(self) -> Result_co:
        """What came of it, when it is done; raises what it raised."""

    def cancel(self) -> bool:
        """Do not begin it any more."""


class Pool(Protocol):
    """Threads that work is handed to."""

    def submit(self, work: Callable[[], Result], /) -> Pending[Result]:
        """Hand over some work."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for what was begun, and end the threads."""


def threads(count: int) -> Pool:
    """A pool of `count` threads. Loaded only when there is something to read: Git often waits for nothing at all."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count)


class Stored(NamedTuple):
    """A file that was read."""

    source: Source
    blob: BlobId
    size: int  # bytes
    stat: os.stat_result  # taken after the last byte was read, equal to the one before the first


class Changed(Exception):
    """A file was written to while it was read; reading it again may help."""


def look(descriptor: int) -> os.stat_result:
    """The stat data of an open file; `OSError` when it became something else since it was listed."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is no longer a regular file")
    return found


def read_whole(source: Source) -> tuple[bytes, os.stat_result]:
    """The content of a small file; raises `Changed` or `OSError`."""
    descriptor = source.open()
    try:
        before = look(descriptor)
        parts = []
        left = before.st_size + 1  # one more than expected: growth must be noticed
        while left > 0 and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
            if left == 1:
                break  # a short read is the end of a regular file; what is appended from now on shows in its size
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        return data, unchanged(before, descriptor, len(data))
    finally:
        os.close(descriptor)


def unchanged(before: os.stat_result, descriptor: int, count: int) -> os.stat_result:
    """The stat data of an open file after reading `count` bytes of it; raises `Changed` if it is not as before."""
    after = os.fstat(descriptor)
    if count != after.st_size or _identity(before) != _identity(after):
        raise Changed
    return after


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def retried(source: Source, read: Callable[[Source], Result]) -> Result:
    """`read(source)`, again when the file changed meanwhile; `FileChanging` when it keeps changing."""
    for _try in range(_TRIES):
        try:
            return read(source)
        except Changed:
            continue
    raise FileChanging(f"{os.fsdecode(source.name)} keeps changing while it is read")


class Problems:
    """Files that cannot be read, gathered so that a person sees all of them at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, source: Source, error: OSError) -> None:
        """Remember one."""
        reason = os.strerror(error.errno).lower() if error.errno and not error.strerror else str(error.strerror).lower()
        self._found.append(f"{os.fsdecode(source.name)} ({reason})")

    def check(self) -> None:
        """Raise `Unreadable` naming them all, if there are any."""
        if self._found:
            raise Unreadable(f"cannot read {'; '.join(sorted(self._found))}")


def grouped(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Small files in groups of about a task's worth; a large file alone. Order is kept."""
    group: list[Source] = []
    size = 0
    for source in sources:
        if source.size > SMALL:
            if group:
                yield group
            yield [source]
            group, size = [], 0
            continue
        group.append(source)
        size += source.size
        if size >= SMALL or len(group) >= _TASK_FILES:
            yield group
            group, size = [], 0
    if group:
        yield group


def in_order(pool: Pool, tasks: Iterable[Callable[[], Result]], ahead: int) -> Generator[Result, None, None]:
    """Results of `tasks` in their order, with at most `ahead` of them begun and not yet taken."""
    waiting: deque[Pending[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def hash_sources(sources: Iterable[Source]) -> Iterator[Stored]:
    """Name the content of files without keeping it.

    Raises `FileChanging`, and at the end `Unreadable` naming every file that could not be read.
    """
    problems = Problems()

    def task(group: list[Source]) -> Callable[[], list[Stored]]:
        return lambda: [item for source in group if (item := _hash(source, problems)) is not None]

    pool = threads(THREADS)
    try:
        for done in in_order(pool, map(task, grouped(sources)), 4 * THREADS):
            yield from done
    finally:
        pool.shutdown(cancel_futures=True)
    problems.check()


def _hash(source: Source, problems: Problems) -> Stored | None:
    try:
        return retried(source, _hash_once)
    except OSError as error:
        problems.add(source, error)
        return None


def _hash_once(source: Source) -> Stored:
    if source.size <= SMALL:
        data, after = read_whole(source)
        return Stored(source, BlobId(blake3(data).digest()), len(data), after)
    hasher = blake3()
    count = 0
    descriptor = source.open()
    try:
        before = look(descriptor)
        while block := os.read(descriptor, BLOCK):
            hasher.update(block)
            count += len(block)
        after = unchanged(before, descriptor, count)
    finally:
        os.close(descriptor)
    return Stored(source, BlobId(hasher.digest()), count, after)
