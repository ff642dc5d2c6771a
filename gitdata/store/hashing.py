"""The hash of a whole file."""

from typing import BinaryIO

from blake3 import blake3


def blake3_of(file: BinaryIO) -> bytes:
    """The BLAKE3 of an open binary file."""
    hasher = blake3()
    while block := file.read(1 << 20):
        hasher.update(block)
    return hasher.digest()
