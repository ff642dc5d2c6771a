"""Paths as text on one line: quoted as Git quotes them (core.quotePath=false), one spelling for each path."""

from gitdata.errors import BadPointer

_NAMED = {0x07: b"\\a", 0x08: b"\\b", 0x09: b"\\t", 0x0A: b"\\n", 0x0B: b"\\v", 0x0C: b"\\f", 0x0D: b"\\r"}
_NAMED |= {ord('"'): b'\\"', ord("\\"): b"\\\\"}
_PLAIN = frozenset(range(0x20, 0x7F)) - {ord('"'), ord("\\")}
_BY_LETTER = {spelled[1]: code for code, spelled in _NAMED.items()}


def quote(path: bytes) -> bytes:
    """The path itself when it is plain, else in double quotes with C escapes.

    Bytes of 0x80 and above stand for themselves when the whole path is UTF-8, otherwise they are octal.
    """
    if path.isascii() and path.isalnum():
        return path
    keep_high = _is_utf8(path)
    out = bytearray()
    for byte in path:
        if byte in _PLAIN or (byte >= 0x80 and keep_high):
            out.append(byte)
        else:
            out += _NAMED.get(byte) or b"\\%03o" % byte
    return bytes(out) if len(out) == len(path) else b'"%s"' % out


def shown(path: bytes) -> str:
    """A path as Git prints it for people: as it is when it is plain, else quoted."""
    return quote(path).decode()


def unquote(text: bytes) -> bytes:
    """The path that `text` spells; `BadPointer` unless it is the one spelling that `quote` gives."""
    if not text.startswith(b'"'):
        path = text
    elif len(text) < 2 or not text.endswith(b'"'):
        raise BadPointer(f"a quoted path does not end: {text[:80]!r}")
    else:
        path = unescape(text[1:-1])
    if quote(path) != text:
        raise BadPointer(f"a path is not spelled as it should be: {text[:80]!r}")
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
            raise BadPointer(f"an unknown escape in a path: {text[:80]!r}")
    return bytes(out)


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
