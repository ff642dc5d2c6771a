"""Tallies: what is known of the cells of a column, in bounded memory."""

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from hashlib import blake2b
from typing import cast

from gitdata.values import frozen

DISTINCT = 10_000  # values that are counted one by one
_LONG = 64  # characters of a value that is kept as it is
_SHOWN = 40  # characters of a least and a largest word

_NUMBERS = {str, int, float, Decimal}  # what may be a number; a truth value is none

Bound = float | str


@frozen
class Summary:
    """A column of one version."""

    cells: int
    nulls: int  # empty, missing or null
    least: Bound | None  # number where all are numbers, else the first word by code points; None: nothing but nulls
    largest: Bound | None
    mean: float | None  # of finite numbers, where all are numbers
    distinct: int | None  # None: more than `DISTINCT`


class Tally:
    """What is known so far."""

    __slots__ = ("cells", "distinct", "largest", "least", "nulls", "numbers", "numeric", "total", "words")

    def __init__(self) -> None:
        self.cells = self.nulls = 0
        self.numeric = True  # as long as all are numbers
        self.numbers = 0  # finite ones, and the rest of these lines
        self.least, self.largest, self.total = math.inf, -math.inf, 0.0
        self.words: tuple[str, str] | None = None  # the first and the last
        self.distinct: set[str | bytes] | None = set()  # None: too many

    def add(self, cells: Iterable[object]) -> None:
        """Some cells more; None is a null. What is done to each is done to all of them by one call."""
        every = list(cells)
        given = [cell for cell in every if cell is not None]
        self.cells += len(every)
        self.nulls += len(every) - len(given)
        if not given:
            return
        types = set(map(type, given))
        words = cast("list[str]", given) if types == {str} else list(map(_word, given))
        if self.numeric:
            self._numbers(given, words, types)
        if self.distinct is not None:
            self.distinct.update(words if max(map(len, words)) <= _LONG else map(_kept, words))
            if len(self.distinct) > DISTINCT:
                self.distinct = None
        ends = min(words)[:_SHOWN], max(words)[:_SHOWN]
        self.words = ends if self.words is None else (min(ends[0], self.words[0]), max(ends[1], self.words[1]))

    def _numbers(self, cells: list[object], words: list[str], types: set[type]) -> None:
        if not types <= _NUMBERS or "_" in "".join(words):
            self.numeric = False
            return
        try:
            values = list(map(float, cells))  # type: ignore[arg-type]
        except (ValueError, OverflowError):
            self.numeric = False
            return
        total = sum(values)
        if not math.isfinite(total):
            values = [value for value in values if math.isfinite(value)]
            total = sum(values)
        if values:
            self.numbers += len(values)
            self.total += total
            low, high = min(values), max(values)
            self.least, self.largest = min(self.least, low), max(self.largest, high)

    def join(self, other: "Tally") -> "Tally":
        """Both together."""
        both = Tally()
        both.cells, both.nulls = self.cells + other.cells, self.nulls + other.nulls
        both.numbers, both.total = self.numbers + other.numbers, self.total + other.total
        both.numeric = self.numeric and other.numeric
        both.least, both.largest = min(self.least, other.least), max(self.largest, other.largest)
        words = [word for pair in (self.words, other.words) if pair is not None for word in pair]
        both.words = (min(words), max(words)) if words else None
        distinct = None if self.distinct is None or other.distinct is None else self.distinct | other.distinct
        both.distinct = None if distinct is None or len(distinct) > DISTINCT else distinct
        return both

    def summary(self) -> Summary:
        """What it comes to."""
        distinct = None if self.distinct is None else len(self.distinct)
        if self.numeric and self.numbers:
            mean = self.total / self.numbers if math.isfinite(self.total) else None
            return Summary(self.cells, self.nulls, self.least, self.largest, mean, distinct)
        least, largest = self.words or (None, None)
        return Summary(self.cells, self.nulls, least, largest, None, distinct)


def _word(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (bool, list, dict)):
        return json.dumps(cell, default=str, ensure_ascii=False)
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def _kept(word: str) -> str | bytes:
    """What tells a value from others: a long one by its hash."""
    return word if len(word) <= _LONG else blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
