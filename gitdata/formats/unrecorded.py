"""The unrecorded form of a pointer: what live status makes of one whose data was edited (docs/format.md, "Pointer").

It is for Git, which sees an edit, and for people, who see which. No commit may have it.
"""

import heapq
from collections.abc import Iterable
from typing import Literal, NamedTuple

from gitdata.formats.quoting import quote
from gitdata.ids import RootId, from_hex

SHOWN = 100  # edits that are named
_HEAD = b"gitdata pointer 1 unrecorded\n"
_HINT = b"edits that `git add` or `git commit -a` will record\n"
_MARKS = {"added": b"A", "modified": b"M", "deleted": b"D"}

What = Literal["added", "modified", "deleted"]


class Line(NamedTuple):
    """One edit."""

    path: bytes  # below the data root; empty where that is a file
    what: What
    size: int  # bytes now; of what is deleted: bytes before


def is_unrecorded(text: bytes) -> bool:
    """Whether `text` is a pointer in this form."""
    return text.startswith(_HEAD)


def encode(base: RootId, edits: Iterable[Line], count: int, *, unlike: int) -> bytes:
    """The text that says what was edited since the version `base`: `count` edits, of which the first are named.

    It never has `unlike` bytes, those of the recorded pointer: Git would have to ask what is in it.
    """
    lines = [_HEAD, _HINT, b"base %s\n" % base.hex().encode(), b"edits %d\n" % count]
    for path, what, size in heapq.nsmallest(SHOWN, edits):
        lines.append(b"%s %d %s\n" % (_MARKS[what], size, quote(path)))
    if count > SHOWN:
        lines.append(b"and %d more\n" % (count - SHOWN))
    text = b"".join(lines)
    return text + b"\n" if len(text) == unlike else text


def base_of(text: bytes) -> RootId | None:
    """The version that was edited; None for what is no such pointer."""
    if not is_unrecorded(text):
        return None
    name, _, identifier = text[len(_HEAD) + len(_HINT) :].partition(b"\n")[0].partition(b" ")
    try:
        return RootId(from_hex(identifier.decode("ascii", "replace"))) if name == b"base" else None
    except ValueError:
        return None
