"""Series: the columns of numbers of a table or a JSON file, thinned to as many points as can be drawn."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from itertools import chain, islice, zip_longest
from typing import Literal

from gitdata.contents.row_fields import fields, format_of
from gitdata.contents.rows import ROW_LIMIT, rows_of
from gitdata.contents.thinning import Point, Thinned, X
from gitdata.errors import NotParsed, NotText
from gitdata.values import field, frozen
from gitdata.wording import shown

ENDINGS = ("csv", "tsv", "json", "jsonl", "ndjson")
JSON_LIMIT = 16 << 20  # bytes of a JSON file, which is read as a whole
POINTS = 1000  # of a line, unless somebody asks for more
COLUMNS = 24  # of a file, unless they are named
_SAMPLE = 100  # rows that say which columns are numbers
_CELLS = 200_000  # of these rows
_WIDEST = 10_000  # columns of a table that are looked at
_WORD = 200  # characters of a word on the other axis
_DEPTH = 3  # objects around the rows of a JSON file, and in a row
_USUAL = ("step", "global_step", "epoch", "iteration", "iter", "x", "time", "timestamp", "date")

XType = Literal["number", "time", "text"]
Row = Mapping[str, object]


@frozen
class Axes:
    """What is to be drawn of a file."""

    x: str | None = None  # column; None: one of the usual names, else the number of the row
    y: tuple[str, ...] = ()  # columns; none: all that have numbers
    points: int = POINTS  # at most, of a line


@frozen
class Series:
    """One column."""

    column: str
    points: tuple[tuple[X, float], ...]  # in the order of the rows
    every: int  # 1: all points are there; else the least and the largest of so many rows
    left_out: int  # cells that are no finite number


@frozen
class SeriesFile:
    """The series of a file."""

    x: str  # column; empty: the number of the row, from 0
    x_type: XType  # `time`: as ISO 8601 with an offset
    rows: int
    series: tuple[Series, ...]
    more: tuple[str, ...] = field(default_factory=tuple)  # columns of numbers beyond the first


def is_series(path: bytes) -> bool:
    """Whether the name of a file is that of one that may hold series."""
    return path.rpartition(b".")[2].lower().decode("ascii", "replace") in ENDINGS


def read(path: bytes, parts: Iterable[bytes | memoryview], axes: Axes) -> SeriesFile:
    """The series of a file, in one pass; raises `NotParsed`, which does not name the file."""
    try:
        rows = _rows(path, parts)
        sample = _sample(rows)
        names = list(dict.fromkeys(name for row in sample for name in row))
        x = _x(names, axes)
        columns, more = _columns(sample, names, x, axes)
        return _drawn(chain(sample, rows), x, columns, more, axes.points)
    except NotText as error:
        raise NotParsed(str(error)) from error


def _sample(rows: Iterator[Row]) -> list[Row]:
    """The first rows, fewer of very wide ones."""
    sample: list[Row] = []
    room = _CELLS
    for row in islice(rows, _SAMPLE):
        sample.append(row)
        room -= len(row)
        if room < 0:
            break
    return sample


def _x(names: Sequence[str], axes: Axes) -> str:
    if axes.x is not None:
        if axes.x not in names:
            raise _no_column(axes.x, names)
        return axes.x
    low = {name.lower(): name for name in reversed(names) if name not in axes.y}
    return next((low[name] for name in _USUAL if name in low), "")


def _no_column(name: str, names: Sequence[str]) -> NotParsed:
    return NotParsed(f"it has no column {shown(name)}", f"its columns: {', '.join(map(shown, names[:8])) or 'none'}")


def _columns(sample: Sequence[Row], names: Sequence[str], x: str, axes: Axes) -> tuple[list[str], tuple[str, ...]]:
    numbers = [name for name in names if name != x and _is_numbers([row.get(name) for row in sample])]
    if axes.y:
        named = [name for name in axes.y if name in names]
        if not named:
            raise _no_column(axes.y[0], names)
        words = next((name for name in named if name not in numbers and name != x), None)
        if words is not None:
            raise NotParsed(f"its column {shown(words)} has no numbers", "name another one: `--y COLUMN`")
        return named, ()
    if not numbers and x and axes.x is None and _is_numbers([row.get(x) for row in sample]):
        return [x], ()  # the only column of numbers is what is to be seen
    if not numbers:
        raise NotParsed("it has no column of numbers" if sample else "it has no rows", "name files that have: PATH")
    return numbers[:COLUMNS], tuple(numbers[COLUMNS:])


def _is_numbers(cells: Sequence[object]) -> bool:
    given = [cell for cell in cells if not _is_empty(cell)]
    return bool(given) and all(_number(cell) is not None for cell in given)


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _number(cell: object) -> float | None:
    """A cell as a number, perhaps an infinite one; None of what is none."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)) or (isinstance(cell, str) and "_" in cell):
        return None
    try:
        return float(cell)
    except (ValueError, OverflowError):
        return None


def _drawn(rows: Iterable[Row], x: str, columns: Sequence[str], more: tuple[str, ...], limit: int) -> SeriesFile:
    lines = {name: Thinned(limit) for name in columns}
    left_out = dict.fromkeys(columns, 0)
    axis = _Axis() if x and list(columns) != [x] else None
    number = -1
    for number, row in enumerate(rows):
        place: X | None = number
        if axis is not None:
            place = axis.place(row.get(x))
        for name, line in lines.items():
            cell = row.get(name)
            if cell is None or cell == "":
                continue
            value = _number(cell)
            if value is None and _is_empty(cell):
                continue
            if value is None or place is None or not math.isfinite(value):
                left_out[name] += 1
            else:
                line.add(Point(number, place, value))
    x_type: XType = axis.type if axis is not None else "number"
    series = tuple(
        Series(name, tuple((_as(point.x, x_type), point.y) for point in line.points()), line.every, left_out[name])
        for name, line in lines.items()
    )
    return SeriesFile(x if axis is not None else "", x_type, number + 1, series, more)


class _Axis:
    """What the places on the other axis are: numbers or times as long as all of them are."""

    __slots__ = ("_numbers", "_times")

    def __init__(self) -> None:
        self._numbers = self._times = True

    def place(self, cell: object) -> X | None:
        if _is_empty(cell):
            return None
        if self._numbers:
            value = _number(cell)
            if value is not None and not math.isfinite(value):
                return None
            self._numbers = value is not None
        text = cell if isinstance(cell, str) else json.dumps(cell, default=str)
        if not self._numbers and self._times:
            self._times = _time(text) is not None
        return text[:_WORD]

    @property
    def type(self) -> XType:
        return "number" if self._numbers else "time" if self._times else "text"


def _as(place: X, x_type: XType) -> X:
    if x_type == "text":
        return str(place)
    return float(place) if x_type == "number" else _time(str(place)) or str(place)


def _time(text: str) -> str | None:
    """A time as ISO 8601 in UTC; without an offset it is taken for that. None of what is no time."""
    try:
        when = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
        return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).astimezone(timezone.utc).isoformat()
    except (ValueError, OverflowError):
        return None


def _rows(path: bytes, parts: Iterable[bytes | memoryview]) -> Iterator[Row]:
    ending = path.rpartition(b".")[2].lower()
    if ending == b"json":
        return iter(_in_json(parts))
    if ending in (b"csv", b"tsv"):
        return _in_table(path, parts)
    if ending in (b"jsonl", b"ndjson"):
        return (_flat(_json(row)) for row in rows_of(parts, quotes=False) if row.strip())
    raise NotParsed(f"no series is read from a .{shown(ending)} file", f"use {', '.join(ENDINGS)}, or images")


def _in_table(path: bytes, parts: Iterable[bytes | memoryview]) -> Iterator[Row]:
    form = format_of(path)
    rows = rows_of(parts, quotes=True)
    names = fields(next(rows, b"").removeprefix(b"\xef\xbb\xbf"), form)[:_WIDEST]
    csv.field_size_limit(ROW_LIMIT)
    texts = (row.decode("utf-8", "surrogateescape") for row in rows)
    try:
        for cells in csv.reader(texts, delimiter="\t" if form == "tsv" else ","):
            if cells:
                yield dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise NotText(f"a row cannot be read: {error}") from error


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotParsed(f"it is no JSON: {' '.join(str(error).split())[:200]}") from error


def _in_json(parts: Iterable[bytes | memoryview]) -> list[Row]:
    """The rows of a list, of the first list in objects around it, or of an object with a list for each column."""
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > JSON_LIMIT:
            raise NotParsed(f"it has more than {JSON_LIMIT >> 20} MiB", "write JSON lines (.jsonl) or CSV")
    value = _json(bytes(content))
    level: list[object] = [value]
    for _depth in range(_DEPTH + 1):
        for one in level:
            if isinstance(one, list) and one:
                return [_flat(row) for row in one]
            lists = {name: item for name, item in one.items() if _is_column(item)} if isinstance(one, dict) else {}
            if lists:
                return [dict(zip(lists, row, strict=True)) for row in zip_longest(*lists.values())]
        level = [item for one in level if isinstance(one, dict) for item in one.values()]
    raise NotParsed("it has no list of rows", 'write [{"step": 0, "loss": 1.5}, ...], or {"loss": [1.5, ...]}')


def _is_column(item: object) -> bool:
    return isinstance(item, list) and bool(item) and not any(isinstance(cell, (dict, list)) for cell in item)


def _flat(row: object, depth: int = 0) -> dict[str, object]:
    """The values of a row by dotted names; lists have none."""
    if not isinstance(row, dict):
        return {"value": row}
    found: dict[str, object] = {}
    for name, item in row.items():
        if isinstance(item, dict) and depth < _DEPTH:
            found.update({f"{name}.{inner}": cell for inner, cell in _flat(item, depth + 1).items()})
        elif not isinstance(item, (dict, list)):
            found[str(name)] = item
    return found
