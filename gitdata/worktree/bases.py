"""A base as a file: the path of a pointer, the hash of its text, and the text, divided by NULs.

It is not flushed to the disk. One that a power cut has left in part would name other files than the data has; with the
hash it is none. Earlier versions wrote no hash.
"""

from blake3 import blake3

_BEGINNING = b"gitdata pointer "


def encode(pointer_path: bytes, text: bytes) -> bytes:
    """The content of the file."""
    return b"\0".join((pointer_path, blake3(text).hexdigest().encode(), text))


def decode(pointer_path: bytes, data: bytes) -> bytes | None:
    """The text that the file says for that pointer; None when it says nothing, or not all."""
    name, _, rest = data.partition(b"\0")
    if name != pointer_path:
        return None
    if rest.startswith(_BEGINNING):
        return rest
    digest, _, text = rest.partition(b"\0")
    return text if digest == blake3(text).hexdigest().encode() else None
