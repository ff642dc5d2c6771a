"""Pointers in listing form looked into as text: to parse every line of a thousand versions takes seconds."""

import re

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


def lines_below(text: bytes, path: bytes) -> list[bytes]:
    """The lines of the entries below the directory `path`, in order; raises as `line_of` does."""
    if not path:
        return text.split(b"\n", 1)[1].splitlines(keepends=True)
    if _PLAIN.fullmatch(path) is None:
        raise ValueError(path)
    return re.findall(rb'^\w+ \d+ \w+ "?%s/.*\n' % re.escape(path), text, re.MULTILINE)


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
