"""A wrapper that tries again what its backend calls transient."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from gitdata.backends.base import FILE_LIMIT, Backend, Transient

_TRIES = 6
_FIRST_S = 0.2
_LONGEST_S = 10.0
_DEADLINE_S = 300.0

Result = TypeVar("Result")


class RetryingBackend:
    """Every call is tried up to six times, with growing random pauses, for five minutes at most."""

    def __init__(self, inner: Backend, sleep: Callable[[float], None] = time.sleep) -> None:
        self._inner = inner
        self._sleep = sleep

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`."""
        self._again(lambda: self._inner.put(name, data))

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """See `Backend`."""
        return self._again(lambda: self._inner.read(name, start, length, limit))

    def size(self, name: str) -> int:
        """See `Backend`."""
        return self._again(lambda: self._inner.size(name))

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        return iter(self._again(lambda: list(self._inner.names(prefix))))

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Backend`."""
        return self._again(lambda: self._inner.sizes(prefix))

    def delete(self, name: str) -> None:
        """See `Backend`."""
        self._again(lambda: self._inner.delete(name))

    def clear(self, prefix: str) -> int:
        """See `Backend`."""
        return self._again(lambda: self._inner.clear(prefix))

    def _again(self, call: Callable[[], Result]) -> Result:
        began = time.monotonic()
        pause = _FIRST_S
        for number in range(1, _TRIES + 1):
            try:
                return call()
            except Transient:
                # Full jitter: many clients that were turned away together do not come back together.
                wait = random.uniform(0, pause)  # noqa: S311 - not for secrets
                if number == _TRIES or time.monotonic() - began + wait > _DEADLINE_S:
                    raise
                self._sleep(wait)
                pause = min(2 * pause, _LONGEST_S)
        raise AssertionError("the last try returns or raises")
