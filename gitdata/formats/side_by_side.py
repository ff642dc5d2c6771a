"""Two directories side by side, without holding all of either in memory."""

from collections.abc import Iterator

from gitdata.formats.tree import Entry, rows_in

Different = tuple[bytes, Entry | None, Entry | None]
"""A name, and what two directories have there."""


def side_by_side(one: bytes, other: bytes) -> Iterator[Different]:
    """Where two encoded directories differ, by name; raises `BadFormat` and `UnsafeName`."""
    mine, theirs = _entries(one), _entries(other)
    here, there = next(mine, None), next(theirs, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here[0] < there[0]):
            assert here is not None
            yield here[0], here[1], None
            here = next(mine, None)
        elif here is None or there[0] < here[0]:
            yield there[0], None, there[1]
            there = next(theirs, None)
        else:
            if here[1] != there[1]:
                yield here[0], here[1], there[1]
            here, there = next(mine, None), next(theirs, None)


def _entries(data: bytes) -> Iterator[tuple[bytes, Entry]]:
    return (entry for rows in rows_in(data) for entry in rows)
