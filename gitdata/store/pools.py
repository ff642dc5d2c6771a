"""Threads that work is handed to, each kind started when it is first needed."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

THREADS = 2  # per ingest; compression and hashing release the GIL

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


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


class Pools:
    """The threads of one ingest, by what they do."""

    def __init__(self) -> None:
        self._pools: dict[str, Pool] = {}

    @property
    def workers(self) -> Pool:
        """They hash, look up and compress."""
        return self._pool("workers", THREADS)

    @property
    def reader(self) -> Pool:
        """Reads the next block of a large file."""
        return self._pool("reader", 1)

    @property
    def hasher(self) -> Pool:
        """Hashes a large file as a whole; what it is handed comes one after the other."""
        return self._pool("hasher", 1)

    @property
    def writer(self) -> Pool:
        """Writes packs; what it is handed comes one after the other."""
        return self._pool("writer", 1)

    @property
    def closer(self) -> Pool:
        """Flushes full packs to the disk."""
        return self._pool("closer", 1)

    def close(self) -> None:
        """Drop what was not begun and wait for the rest."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)

    def _pool(self, name: str, count: int) -> Pool:
        if name not in self._pools:
            self._pools[name] = threads(count)
        return self._pools[name]
