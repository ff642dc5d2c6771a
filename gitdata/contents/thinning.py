"""Thinning: a line of any length as a bounded number of points that keep its peaks."""

from typing import NamedTuple

X = float | str


class Point(NamedTuple):
    """One point of a line."""

    row: int
    x: X
    y: float


class Thinned:
    """The least and the largest value of every so many rows, in their order, and the first and the last point.

    Every row counts as long as there are at most `limit` points; from then on twice as many rows are put together
    whenever there would be more. Memory goes by `limit` alone.
    """

    __slots__ = ("_first", "_last", "_limit", "_stretches", "every")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stretches: list[tuple[int, Point, Point]] = []  # number, least, largest
        self._first: Point | None = None
        self._last: Point | None = None
        self.every = 1  # rows that are put together

    def add(self, point: Point) -> None:
        """One point more, of a later row than those before."""
        self._first = self._first or point
        self._last = point
        self._put(self._stretches, (point.row // self.every, point, point))
        while len(self._stretches) > (self._limit - 2 if self.every == 1 else self._limit // 2 - 1):
            self.every *= 2
            merged: list[tuple[int, Point, Point]] = []
            for number, least, largest in self._stretches:
                self._put(merged, (number // 2, least, largest))
            self._stretches = merged

    @staticmethod
    def _put(stretches: list[tuple[int, Point, Point]], one: tuple[int, Point, Point]) -> None:
        number, least, largest = one
        if not stretches or stretches[-1][0] != number:
            stretches.append(one)
            return
        _number, low, high = stretches[-1]
        stretches[-1] = (number, least if least.y < low.y else low, largest if largest.y > high.y else high)

    def points(self) -> list[Point]:
        """What is left, in the order of the rows."""
        ends = [point for point in (self._first, self._last) if point is not None]
        kept = {point.row: point for _number, *pair in self._stretches for point in pair}
        kept |= {point.row: point for point in ends}
        return [kept[row] for row in sorted(kept)]
