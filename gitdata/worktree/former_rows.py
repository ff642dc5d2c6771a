"""The stat cache as the version before has written it: parts without a table, and one hash for all of them."""

import contextlib
import marshal
import sys
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

_WHOLE = 3  # its number
_HASH_SIZE = 32
_LENGTH_SIZE = 4

Rows = dict[bytes, tuple[tuple[int, int, int, int, int, int], bytes]]
"""As in `statcache`."""


def former(path: Path, loss_mark: bytes) -> Rows:
    """The rows of a file of the version before."""
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return {}
    payload = data[_HASH_SIZE:]
    if blake3(payload).digest() != data[:_HASH_SIZE]:
        return {}
    rows: Rows = {}
    with contextlib.suppress(ValueError, EOFError, TypeError):
        head, *parts = _lengthened(payload)
        version, python, mark = marshal.loads(head)  # noqa: S302 - as above
        if (version, python >> 24, mark) == (_WHOLE, sys.hexversion >> 24, loss_mark):
            for part in parts:
                rows.update(marshal.loads(part))  # noqa: S302
    return rows


def _lengthened(payload: memoryview) -> Iterator[memoryview]:
    """The parts of a file of the version before."""
    while payload:
        length = int.from_bytes(payload[:_LENGTH_SIZE], "little")
        yield payload[_LENGTH_SIZE : _LENGTH_SIZE + length]
        payload = payload[_LENGTH_SIZE + length :]
