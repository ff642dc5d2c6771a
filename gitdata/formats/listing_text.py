"""Pointers in listing form looked into as text: to parse every line of a thousand versions takes seconds."""

import re

from gitdata.errors import BadPointer
from gitdata.formats.pointer import form_of

_PLAIN = re.compile(rb"[\w.+@=,:%~/ -]+", re.ASCII)  # paths that are spelled as they are, whatever follows them


def line_of(text: bytes, path: bytes) -> bytes | None:
    """The line of the entry at `path`, None where there is none; raises `ValueError` where only parsing tells."""
    if _PLAIN.fullmatch(path) is None:
        raise ValueError(path)
    ending = b" " + path + b"\n"
    end = text.find(ending)
    while end >= 0:
        start = text.rfind(b"\n", 0, end) + 1
        line = text[start : end + len(ending)]
        if start and line.count(b" ", 0, end - start) == 2:  # else it is the first line, or another path ends so
            return line
        end = text.find(ending, end + 1)
    return None


def lines_below(text: bytes, path: bytes) -> bytes:
    """The lines of the entries below the directory `path`, which stand together; raises as `line_of` does."""
    if not path:
        return text.partition(b"\n")[2]
    if _PLAIN.fullmatch(path) is None:
        raise ValueError(path)
    found = [place for start in (b" " + path + b"/", b' "' + path + b"/") for place in _ends(text, start)]
    if not found:
        return b""
    return text[text.rfind(b"\n", 0, min(found)) + 1 : text.find(b"\n", max(found)) + 1]


def _ends(text: bytes, start: bytes) -> list[int]:
    """Where the first and the last path that begins so stands."""
    first = text.find(start)
    while first >= 0 and not _begins_path(text, first):
        first = text.find(start, first + 1)
    if first < 0:
        return []
    last = text.rfind(start)
    while not _begins_path(text, last):
        last = text.rfind(start, 0, last)
    return [first, last]


def _begins_path(text: bytes, place: int) -> bool:
    begin = text.rfind(b"\n", 0, place) + 1
    return begin > 0 and text.count(b" ", begin, place) == 2


def trimmed(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    """Two pointers without the lines that both have, when both are listings; else as they are."""
    if form_of(one) != "listing" or form_of(other) != "listing":
        return one, other
    head, mine = _parts(one)
    _head, theirs = _parts(other)
    same = set(mine) & set(theirs)
    return (
        head + b"".join([line for line in mine if line not in same]),
        head + b"".join([line for line in theirs if line not in same]),
    )


def _parts(text: bytes) -> tuple[bytes, list[bytes]]:
    head, newline, body = text.partition(b"\n")
    return head + newline, body.splitlines(keepends=True)


def total(lines: bytes) -> int:
    """The bytes of the files that lines of a listing name; raises `BadPointer` for what are none."""
    fields = [line.split(b" ", 3) for line in lines.split(b"\n")[:-1]]
    try:
        return sum([int(field[1]) for field in fields if field[2] != b"dir"])
    except (ValueError, IndexError) as error:
        raise BadPointer("these are no lines of a listing") from error
