"""Tallies: what is known of the cells of a column, in bounded memory."""

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from hashlib import blake2b

from gitdata.values import frozen

DISTINCT = 10_000  # values that are counted one by one
_LONG = 64  # characters of a value that is kept as it is
_SHOWN = 40  # characters of a least and a largest word

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
        """Some cells more; None is a null."""
        for cell in cells:
            self.cells += 1
            if cell is None:
                self.nulls += 1
                continue
            word = cell if isinstance(cell, str) else _word(cell)
            if self.distinct is not None:
                self.distinct.add(word if len(word) <= _LONG else _digest(word))
                if len(self.distinct) > DISTINCT:
                    self.distinct = None
            if self.numeric:
                self._number(cell, word)
            head = word[:_SHOWN]
            if self.words is None:
                self.words = (head, head)
            elif head < self.words[0]:
                self.words = (head, self.words[1])
            elif head > self.words[1]:
                self.words = (self.words[0], head)

    def _number(self, cell: object, word: str) -> None:
        if isinstance(cell, bool) or not isinstance(cell, (str, int, float, Decimal)) or "_" in word:
            self.numeric = False
            return
        try:
            value = float(cell)
        except (ValueError, OverflowError):
            self.numeric = False
            return
        if math.isfinite(value):
            self.numbers += 1
            self.total += value
            self.least, self.largest = min(self.least, value), max(self.largest, value)

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
    if isinstance(cell, (bool, list, dict)):
        return json.dumps(cell, default=str, ensure_ascii=False)
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def _digest(word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
