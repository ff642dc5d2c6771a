"""Reading files that others may be writing: what was read is consistent, or it is an error."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from blake3 import blake3

from gitdata.descent import Descent
from gitdata.errors import FileChanging, Unreadable
from gitdata.ids import BlobId
from gitdata.memory_maps import flush_mapped
from gitdata.progress import UNSEEN, Step
from gitdata.store.pools import THREADS, in_order, threads
from gitdata.store.signature import Signature, signature

SMALL = 1 << 20  # bytes: files up to this size are read whole, many to a task
BLOCK = 4 << 20  # bytes read at a time from larger ones
_TASK_FILES = 128
_TRIES = 3

Result = TypeVar("Result")


class Source(Protocol):
    """A file to read."""

    @property
    def name(self) -> bytes:
        """What messages call it."""

    @property
    def down(self) -> Descent:
        """The way to it."""

    @property
    def where(self) -> bytes:
        """Its path on that way."""

    @property
    def size(self) -> int:
        """The bytes it is expected to have."""

    @property
    def earlier(self) -> BlobId | None:
        """What it was when it was last stored; most of a large file will be the same still."""

    def open(self) -> int:
        """A fresh read-only descriptor, which the caller closes; `OSError` when it cannot be read."""


class WorkFile(NamedTuple):
    """A file to read, opened without following a link."""

    down: Descent
    where: bytes  # its path below the top of that
    name: bytes
    size: int  # bytes, when it was listed
    earlier: BlobId | None = None  # what it held when it was last stored

    def open(self) -> int:
        """A fresh descriptor; `OSError` when the file is gone, or it or a directory above it became a link."""
        return self.down.open(self.where)


class Stored(NamedTuple):
    """A file that was read."""

    source: Source
    blob: BlobId
    size: int  # bytes
    seen: Signature  # taken after the last byte was read, equal to the one before the first


class Changed(Exception):
    """A file was written to while it was read; reading it again may help."""


def look(descriptor: int) -> Signature:
    """The stat data of an open file to read; `OSError` when it became something else since it was listed.

    Whatever is written to it from now on shows in its times, also through a memory map.
    """
    found = signature(os.fstat(descriptor))
    if not stat.S_ISREG(found.mode):
        raise OSError(errno.EINVAL, "is no longer a regular file")
    flush_mapped(descriptor, max(found.mtime_ns, found.ctime_ns))
    return found


def read_whole(source: Source) -> tuple[bytes, Signature]:
    """The content of a small file; raises `Changed` or `OSError`."""
    descriptor = source.open()
    try:
        before = look(descriptor)
        parts = []
        left = before.size + 1  # one more than expected: growth must be noticed
        while left > 0 and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
            if left == 1:
                break  # a short read is the end of a regular file; what is appended from now on shows in its size
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        return data, unchanged(before, descriptor, len(data))
    finally:
        os.close(descriptor)


def unchanged(before: Signature, descriptor: int, count: int) -> Signature:
    """The stat data of an open file after reading `count` bytes of it; raises `Changed` if it is not as before."""
    after = signature(os.fstat(descriptor))
    if count != after.size or after != before:
        raise Changed
    return after


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


def hash_sources(sources: Iterable[Source], step: Step = UNSEEN) -> Iterator[Stored]:
    """Name the content of files without keeping it. `step` counts bytes.

    Raises `FileChanging`, and at the end `Unreadable` naming every file that could not be read.
    """
    problems = Problems()

    def task(group: list[Source]) -> Callable[[], list[Stored]]:
        return lambda: [item for source in group if (item := _hash(source, problems, step)) is not None]

    pool = threads(THREADS)
    try:
        for done in in_order(pool, map(task, grouped(sources)), 4 * THREADS):
            yield from done
    finally:
        pool.shutdown(cancel_futures=True)
    problems.check()


def _hash(source: Source, problems: Problems, step: Step) -> Stored | None:
    try:
        return retried(source, partial(_hash_once, step))
    except OSError as error:
        problems.add(source, error)
        return None


def _hash_once(step: Step, source: Source) -> Stored:
    if source.size <= SMALL:
        data, after = read_whole(source)
        step.advance(len(data))
        return Stored(source, BlobId(blake3(data).digest()), len(data), after)
    hasher = blake3()
    count = 0
    descriptor = source.open()
    try:
        before = look(descriptor)
        while block := os.read(descriptor, BLOCK):
            hasher.update(block)
            step.advance(len(block))
            count += len(block)
        after = unchanged(before, descriptor, count)
    finally:
        os.close(descriptor)
    return Stored(source, BlobId(hasher.digest()), count, after)
