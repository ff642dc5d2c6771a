"""One name looked for in an encoded directory, without making values of all that is before it."""

import struct

from gitdata.errors import BadFormat
from gitdata.formats.tree import MAGIC, ROW, Entry, decode_tree

_LENGTH = struct.Struct("<H")  # of the name, at the end of a row's head


def seek(data: bytes, name: bytes) -> Entry | None:
    """What is at `name` in a directory, None when nothing is; raises `BadFormat`."""
    if not data.startswith(MAGIC):
        raise BadFormat("these bytes are not a tree of version 1")
    position, end, unpack, ahead = len(MAGIC), len(data), _LENGTH.unpack_from, ROW - _LENGTH.size
    while position + ROW <= end:
        start = position + ROW
        following = start + unpack(data, position + ahead)[0]
        found = data[start:following]
        if found >= name:
            return decode_tree(MAGIC + data[position:following])[0][1] if found == name else None
        position = following
    return None
