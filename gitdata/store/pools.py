"""The threads of one ingest, each kind started when it is first needed."""

from gitdata.store.sources import THREADS, Pool, threads


class Pools:
    """Threads by what they do."""

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
