"""Order: what two sides made of a list of different things, in one order."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class CannotMerge(Exception):
    """Three versions do not come to one by the rules; why, in some words."""


def merged_order(base: Sequence[Thing], ours: Sequence[Thing], theirs: Sequence[Thing]) -> list[Thing]:
    """All that a side has, in our order; what only theirs has comes after what it follows there.

    Where both sides have added something, ours comes first. Whether a thing of the base that a side has taken away
    goes is the caller's question. Each list has a thing once.
    """
    mine, known = set(ours), {*base, *theirs}
    after: dict[Thing | None, list[Thing]] = {}
    neighbour: Thing | None = None
    for thing in theirs:
        if thing in mine:
            neighbour = thing
        else:
            after.setdefault(neighbour, []).append(thing)
    merged: list[Thing] = []
    waiting = after.get(None, [])
    for thing in ours:
        if waiting and thing in known:
            merged += waiting
            waiting = []
        merged.append(thing)
        waiting = waiting + after.get(thing, [])
    return merged + waiting
