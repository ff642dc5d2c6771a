"""The sizes of chunks, fixed in format version 1."""

from typing import NamedTuple


class Sizes(NamedTuple):
    """How large the chunks of one file are, in bytes."""

    average: int
    minimum: int
    maximum: int


USUAL = Sizes(64 * 1024, 16 * 1024, 256 * 1024)
HUGE = Sizes(1024 * 1024, 256 * 1024, 4096 * 1024)
HUGE_FROM = 32 << 30  # bytes of a file: with the usual chunks the recipe of one twice as large would fit into no pack
MAXIMUM = HUGE.maximum  # bytes that any chunk may have


def sizes_of(size: int) -> Sizes:
    """Those for a file of `size` bytes."""
    return HUGE if size >= HUGE_FROM else USUAL
