"""Objects of Git: their names, and many of them written at once."""

import hashlib
import os
import zlib
from collections.abc import Sequence

from gitdata.git.program import Git

_FEW = 3  # written one by one
_BLOB = 3  # the type of a blob in a pack


def committed(git: Git, path: bytes, limit: int) -> bytes:
    """A file of the last commit of at most `limit` bytes; nothing when there is none."""
    name = b"HEAD:" + path
    found = git.run("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=name + b"\n").split()
    if len(found) != 2 or found[0] != b"blob" or int(found[1]) > limit:
        return b""
    return git.run("cat-file", "blob", os.fsdecode(name))


def blob_id(text: bytes, *, sha256: bool) -> str:
    """The id of a file of this content, in hex (gitformat-loose(5)); by SHA-1 unless the repository uses SHA-256."""
    return _hash(b"blob %d\0" % len(text) + text, sha256=sha256).hex()


def write(git: Git, contents: Sequence[bytes]) -> list[str]:
    """Put files of these contents into the repository; their ids, in the same order."""
    distinct = list(dict.fromkeys(contents))
    first, rest = distinct[:_FEW], distinct[_FEW:]
    oids = {text: _written(git, text) for text in first}
    if rest:
        sha256 = len(oids[first[0]]) == 64
        # As a pack: `git hash-object` takes one content from its input, and here none has a file of its own.
        git.run("unpack-objects", "-q", stdin=_pack(rest, sha256=sha256))
        oids |= {text: blob_id(text, sha256=sha256) for text in rest}
    return [oids[text] for text in contents]


def _written(git: Git, text: bytes) -> str:
    return git.run("hash-object", "-w", "--stdin", "--no-filters", stdin=text).decode().strip()


def _pack(contents: Sequence[bytes], *, sha256: bool) -> bytes:
    """A pack of files (gitformat-pack(5))."""
    parts = [b"PACK" + (2).to_bytes(4, "big") + len(contents).to_bytes(4, "big")]
    for text in contents:
        parts += [_entry_head(len(text)), zlib.compress(text, 1)]
    body = b"".join(parts)
    return body + _hash(body, sha256=sha256)


def _entry_head(size: int) -> bytes:
    """Type and size: four bits of the size beside the type, then seven in a byte, the highest bit for "goes on"."""
    byte, size = _BLOB << 4 | size & 15, size >> 4
    head = bytearray()
    while size:
        head.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes([*head, byte])


def _hash(data: bytes, *, sha256: bool) -> bytes:
    return (hashlib.sha256 if sha256 else hashlib.sha1)(data).digest()
