"""In common: which runs of chunks two blobs have both, in order."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitdata.store.parts import Piece


class Stretch(NamedTuple):
    """Consecutive pieces of two blobs."""

    before: Sequence[Piece]
    after: Sequence[Piece]
    same: bool


def stretches(before: Sequence[Piece], after: Sequence[Piece]) -> Iterator[Stretch]:
    """All pieces of both, in order: those that are the same in both, and between them those of each."""
    here, there = ([piece.chunk for piece in pieces] for pieces in (before, after))
    position = other = 0
    for one, two in _anchors(here, there):
        if one < position or two < other:
            continue  # in a run that was given already
        start, begin = one, two
        while start > position and begin > other and here[start - 1] == there[begin - 1]:
            start, begin = start - 1, begin - 1
        if start > position or begin > other:
            yield Stretch(before[position:start], after[other:begin], False)
        end = one
        while end < len(here) and two + end - one < len(there) and here[end] == there[two + end - one]:
            end += 1
        yield Stretch(before[start:end], after[begin : two + end - one], True)
        position, other = end, two + end - one
    if position < len(before) or other < len(after):
        yield Stretch(before[position:], after[other:], False)


def _anchors(here: Sequence[bytes], there: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs of places of chunks that are there once in each, the most that are in the same order in both."""
    once = [chunk for chunk, number in Counter(there).items() if number == 1]
    where = dict.fromkeys(once, 0) | {chunk: place for place, chunk in enumerate(there)}
    single = {chunk for chunk, number in Counter(here).items() if number == 1}.intersection(once)
    pairs = [(place, where[chunk]) for place, chunk in enumerate(here) if chunk in single]
    ends: list[int] = []  # the smallest end of a row of so many pairs
    last: list[int] = []  # which pair that is
    previous: list[int] = []
    for number, (_place, other) in enumerate(pairs):
        length = bisect_left(ends, other)
        previous.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(other)
            last.append(number)
        else:
            ends[length], last[length] = other, number
    found = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = previous[number]
    return found[::-1]
