"""A wrapper that counts requests and bytes."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from gitdata.backends.base import FILE_LIMIT, Backend


class CountingBackend:
    """Counts calls by method; bytes under "sent" and "received"."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`."""
        self._count(put=1, sent=len(data) if isinstance(data, bytes) else data.stat().st_size)
        self._inner.put(name, data)

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """See `Backend`."""
        data = self._inner.read(name, start, length, limit)
        self._count(read=1, received=len(data))
        return data

    def size(self, name: str) -> int:
        """See `Backend`."""
        self._count(size=1)
        return self._inner.size(name)

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        self._count(names=1)
        return self._inner.names(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Backend`."""
        self._count(names=1)
        return self._inner.sizes(prefix)

    def delete(self, name: str) -> None:
        """See `Backend`."""
        self._count(delete=1)
        self._inner.delete(name)

    def clear(self, prefix: str) -> int:
        """See `Backend`."""
        return self._inner.clear(prefix)

    @property
    def requests(self) -> int:
        """All calls so far."""
        return sum(self.counts[method] for method in ("put", "read", "size", "names", "delete"))

    def _count(self, **amounts: int) -> None:
        with self._lock:
            self.counts.update(amounts)
