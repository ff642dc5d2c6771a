"""Conflict markers in a text: what Git writes where both sides have changed the same lines."""

from collections.abc import Iterable


def has_markers(parts: Iterable[bytes | memoryview], length: int) -> bool:
    """Whether lines begin with all three markers of `length` characters, in their order, as after a merge."""
    wanted = [b"<" * length + b" ", b"=" * length, b">" * length + b" "]
    rest = b""
    for part in parts:
        lines = (rest + bytes(part)).split(b"\n")
        rest = lines.pop()
        if wanted := _left(wanted, lines):
            continue
        return True
    return not _left(wanted, [rest])


def _left(wanted: list[bytes], lines: list[bytes]) -> list[bytes]:
    for line in lines:
        if wanted and line.startswith(wanted[0]) and (len(wanted) != 2 or line.rstrip(b"\r") == wanted[0]):
            wanted = wanted[1:]
    return wanted
