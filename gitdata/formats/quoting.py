"""Paths as text on one line: quoted as Git quotes them (core.quotePath=false), one spelling for each path."""

from gitdata.errors import BadPointer
from gitdata.wording import ESCAPES, quote, shown

__all__ = ["quote", "unescape", "unquote"]

_BY_LETTER = {spelled[1]: code for code, spelled in ESCAPES.items()}


def unquote(text: bytes) -> bytes:
    """The path that `text` spells; `BadPointer` unless it is the one spelling that `quote` gives."""
    if not text.startswith(b'"'):
        path = text
    elif len(text) < 2 or not text.endswith(b'"'):
        raise BadPointer(f"a quoted path does not end: {shown(text)}")
    else:
        path = unescape(text[1:-1])
    if quote(path) != text:
        raise BadPointer(f"a path is not spelled as it should be: {shown(text)}")
    return path


def unescape(text: bytes) -> bytes:
    """`text` with C escapes replaced by what they stand for; `BadPointer` for others."""
    out = bytearray()
    index = 0
    while index < len(text):
        byte = text[index]
        if byte != ord("\\"):
            out.append(byte)
            index += 1
            continue
        following = text[index + 1 : index + 4]
        if following[:1] and following[0] in _BY_LETTER:
            out.append(_BY_LETTER[following[0]])
            index += 2
        elif len(following) == 3 and all(0x30 <= digit <= 0x37 for digit in following) and following[0] <= 0x33:
            out.append(int(following, 8))
            index += 4
        else:
            raise BadPointer(f"an unknown escape in a path: {shown(text)}")
    return bytes(out)
