"""A backend in memory: for trying things, and the reference for the contract."""

import threading
from collections.abc import Iterator
from pathlib import Path

from gitdata.backends.base import FILE_LIMIT, NotStored, check_name, is_name, short_read, too_large


class MemoryBackend:
    """Files in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`."""
        check_name(name)
        content = data if isinstance(data, bytes) else data.read_bytes()
        with self._lock:
            self.files.setdefault(name, content)

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """See `Backend`."""
        content = self._content(name)
        if length is None and len(content) - start > limit:
            raise too_large(name, "memory", limit)
        part = content[start:] if length is None else content[start : start + length]
        if length is not None and len(part) != length:
            raise short_read(name)
        return part

    def size(self, name: str) -> int:
        """See `Backend`."""
        return len(self._content(name))

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        with self._lock:
            return iter(sorted(name for name in self.files if name.startswith(prefix) and is_name(name)))

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Backend`."""
        return {name: self.size(name) for name in self.names(prefix)}

    def delete(self, name: str) -> None:
        """See `Backend`."""
        with self._lock:
            self.files.pop(name, None)

    def clear(self, prefix: str) -> int:  # noqa: ARG002 - see `Backend`
        """See `Backend`."""
        return 0

    def _content(self, name: str) -> bytes:
        try:
            return self.files[name]
        except KeyError:
            raise NotStored(f"{name} is not stored") from None
