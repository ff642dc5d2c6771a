"""A backend that fails as planned: before or after the real call, with fewer bytes, or with flipped bits."""

from collections.abc import Callable, Iterator
from pathlib import Path

from gitdata.backends.base import FILE_LIMIT, Backend, Transient


class Stop(BaseException):
    """The program dies here."""


class FaultyBackend:
    """Calls `fault(number, method, name)` before every request; what it returns decides what goes wrong."""

    def __init__(self, inner: Backend, fault: Callable[[int, str, str], str | None]) -> None:
        self.inner = inner
        self.fault = fault
        self.calls: list[tuple[str, str]] = []

    def _plan(self, method: str, name: str) -> str | None:
        self.calls.append((method, name))
        plan = self.fault(len(self.calls), method, name)
        if plan == "stop":
            raise Stop
        if plan == "error":
            raise Transient(f"planned trouble with {name}")
        return plan

    def put(self, name: str, data: bytes | Path) -> None:
        plan = self._plan("put", name)
        self.inner.put(name, data)
        if plan == "lost answer":
            raise Transient(f"the answer for {name} was lost")

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        plan = self._plan("read", name)
        data = self.inner.read(name, start, length, limit)
        if plan == "flip" and data:
            middle = len(data) // 2
            return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        return data

    def size(self, name: str) -> int:
        self._plan("size", name)
        return self.inner.size(name)

    def names(self, prefix: str) -> Iterator[str]:
        self._plan("names", prefix)
        return self.inner.names(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        self._plan("names", prefix)
        return self.inner.sizes(prefix)

    def delete(self, name: str) -> None:
        self._plan("delete", name)
        self.inner.delete(name)

    def clear(self, prefix: str) -> int:
        return self.inner.clear(prefix)
