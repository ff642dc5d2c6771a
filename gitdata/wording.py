"""Words for people: text that stays on its line, sizes, counts."""

import os
import unicodedata


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


def cells(text: str) -> int:
    """The columns that `text` takes up on a terminal."""
    return sum(map(_cells, text))


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
