"""Changes: the values that differ between two versions, numbers with by how much."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from gitdata.contents.settings import Scalar
from gitdata.ops.measuring.measured import Measured


class Absent:
    """In place of a value: the version has none of that name."""


ABSENT = Absent()
Value = Scalar | Absent


class Change(NamedTuple):
    """A value in two versions."""

    path: bytes
    name: str
    before: Value
    after: Value

    @property
    def difference(self) -> int | float | None:
        """By how much a number has changed; None of what is no number on both sides."""
        before, after = self.before, self.after
        if isinstance(before, bool) or isinstance(after, bool):
            return None
        if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
            return None
        try:
            return after - before
        except OverflowError:
            return None


def changes(before: Measured, after: Measured, *, unchanged: bool = False) -> Iterator[Change]:
    """The values that differ, file by file in the order of the files; with `unchanged` all of them."""
    for path in dict.fromkeys((*before.files, *after.files)):
        one, other = before.files.get(path, {}), after.files.get(path, {})
        for name in dict.fromkeys((*one, *other)):
            change = Change(path, name, one.get(name, ABSENT), other.get(name, ABSENT))
            if unchanged or not _same(change.before, change.after):
                yield change


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return type(one) is type(other) and one == other
