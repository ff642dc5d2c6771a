"""Names of things: 32 raw bytes of BLAKE3 in memory, 64 hex digits at the edges."""

from typing import NewType

from gitdata.wording import shown

BlobId = NewType("BlobId", bytes)
"""BLAKE3-256 of the whole content of a file (what `b3sum` prints), of a link target or of an encoded tree."""

ChunkId = NewType("ChunkId", bytes)
"""BLAKE3-256 of the raw bytes of one chunk; equals the BlobId where a blob is one chunk."""

PackId = NewType("PackId", bytes)
"""BLAKE3-256 of all bytes of a pack file."""

RootId = NewType("RootId", bytes)
"""What a pointer names: the BlobId of a tree, or of a file for a single-file pointer."""

ID_SIZE = 32


def from_hex(text: str) -> bytes:
    """The 32 bytes that 64 lower-case hex digits stand for; `ValueError` for anything else."""
    if len(text) != 2 * ID_SIZE or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"not 64 hex digits: {shown(text)}")
    return bytes.fromhex(text)


def short(identifier: bytes) -> str:
    """The first 12 hex digits, for messages."""
    return identifier.hex()[:12]
