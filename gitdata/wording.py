"""Words for people: text that stays on its line, sizes, counts."""

import os
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

ESCAPES = {0x07: b"\\a", 0x08: b"\\b", 0x09: b"\\t", 0x0A: b"\\n", 0x0B: b"\\v", 0x0C: b"\\f", 0x0D: b"\\r"}
ESCAPES |= {ord('"'): b'\\"', ord("\\"): b"\\\\"}
"""How Git spells bytes that would not be seen, or would end a quoted name."""

_PLAIN = frozenset(range(0x20, 0x7F)) - {ord('"'), ord("\\")}
_PLAIN_BYTES = bytes(_PLAIN)


_LEAST = 8  # columns that a table is narrowed to


def safe(text: str | bytes) -> str:
    """`text` with everything escaped that could move the cursor, change colours or reorder the line."""
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    return "".join(letter if _is_plain(letter) else _escaped(letter) for letter in text)


def _is_plain(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as os.fsdecode keeps it
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode()


def shown(value: str | bytes, limit: int = 80) -> str:
    """A name, or a value that somebody else chose, for a message: as Git quotes names; what is longer is cut.

    The one way in which such values get into messages.
    """
    text = os.fsdecode(value)
    kept = text[:limit]
    quoted = os.fsdecode(quote(os.fsencode(kept)))
    if kept.strip() != kept or not kept:
        quoted = f'"{kept}"' if quoted == kept else quoted
    return quoted + ("..." if len(text) > limit else "")


def quote(path: bytes) -> bytes:
    """The path itself when it is plain, else in double quotes with C escapes.

    Bytes of 0x80 and above stand for themselves when the whole path is UTF-8, otherwise they are octal.
    """
    if not path.translate(None, _PLAIN_BYTES):
        return path
    keep_high = _is_utf8(path)
    out = bytearray()
    for byte in path:
        if byte in _PLAIN or (byte >= 0x80 and keep_high):
            out.append(byte)
        else:
            out += ESCAPES.get(byte) or b"\\%03o" % byte
    return bytes(out) if len(out) == len(path) else b'"%s"' % out


def octal(path: bytes) -> bytes:
    """A path as Git quotes it unless `core.quotepath` is false: bytes of 0x80 and above are octal."""
    if path.isascii():
        return quote(path)
    inner = (b"\\%03o" % byte if byte >= 0x80 else quote(b'"%c' % byte)[3:-1] for byte in path)
    return b'"%s"' % b"".join(inner)


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


def size(count: float) -> str:
    """Bytes for people: binary units, one decimal."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def count(number: int, noun: str) -> str:
    """ "1 file", "2 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def done_to_files(written: int, gone: int, word: str = "deleted") -> str:
    """What was done to a work tree: "3 files written, 1 file deleted", and of what was not done nothing."""
    done = [f"{count(written, 'file')} written"] if written else []
    return ", ".join([*done, f"{count(gone, 'file')} {word}"] if gone else done)


def some_of(things: Sequence[Thing], spelled: Callable[[Thing], str], most: int = 3) -> str:
    """The first of several things, and how many more there are: "a, b, c and 1,204 more"."""
    more = f" and {len(things) - most:,} more" if len(things) > most else ""
    return ", ".join(map(spelled, things[:most])) + more


def cells(text: str) -> int:
    """The columns that `text` takes up on a terminal."""
    return sum(map(_cells, text))


def padded(text: str, width: int) -> str:
    """`text` filled up with spaces so that it takes up `width` columns; what is wider stays whole."""
    return text + " " * (width - cells(text))


def narrowed(widths: Sequence[int], room: int) -> list[int]:
    """Widths of the columns of a table, the widest made narrower until it has `room`, so that few cells run over.

    One long cell would else push all others of its column out of the terminal.
    """
    most = max(widths, default=0)
    while most > _LEAST and sum(min(width, most) for width in widths) > room:
        most -= 1
    return [min(width, most) for width in widths]


def fitted(text: str, width: int) -> str:
    """`text` cut so that it takes up at most `width` columns."""
    if cells(text) <= width:
        return text
    mark = "..." if width > 3 else ""
    room = width - len(mark)
    kept = 0
    for letter in text:
        room -= _cells(letter)
        if room < 0:
            break
        kept += 1
    return text[:kept] + mark


def _cells(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
