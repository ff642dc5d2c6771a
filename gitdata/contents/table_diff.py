"""How two tables (CSV, TSV, JSON lines) differ: by row, and where rows have a key by cell.

Memory is bounded by the rows that differ: what is equal in both is never parsed, nor kept.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from gitdata.contents.row_fields import Format, fields
from gitdata.contents.rows import Cutter, Run
from gitdata.errors import NotText, UsageError
from gitdata.values import frozen
from gitdata.wording import shown

Row = dict[str, str]
_LIKELY = ("id", "key", "uuid", "guid", "index", "idx", "name", "path", "file", "filename")


@frozen
class ChangedRow:
    """A row with the same key on both sides."""

    key: tuple[str, ...]
    cells: tuple[tuple[str, str, str], ...]  # column, before, after


@frozen
class Column:
    """What the changed cells of a column come to."""

    name: str
    cells: int
    mean_change: float | None  # of numbers, where all of them are


@frozen
class TableDiff:
    """How two tables differ."""

    rows: tuple[int, int]  # in both
    key: tuple[str, ...]  # empty: none was found, and rows are only added and deleted
    found: bool  # whether the key was found by looking, and not given
    added_columns: tuple[str, ...]
    dropped_columns: tuple[str, ...]
    renamed_columns: tuple[tuple[str, str], ...]
    added: tuple[Row, ...]
    deleted: tuple[Row, ...]
    changed: tuple[ChangedRow, ...]
    columns: tuple[Column, ...]
    names: tuple[tuple[str, ...], tuple[str, ...]]  # of all columns, of each side, as far as they are known

    @property
    def empty(self) -> bool:
        """Whether nothing is different but the order of rows, or how they are written."""
        return not (
            self.added or self.deleted or self.changed
            or self.added_columns or self.dropped_columns or self.renamed_columns
        )  # fmt: skip


_Columns = tuple[Sequence[str], Sequence[str], Sequence[tuple[str, str]]]
_NO_COLUMNS: _Columns = ((), (), ())


_COMPARED = 32  # columns that are gone, with as many that are new


class _Sides:
    """The rows that are on one side and, so far, not on the other."""

    def __init__(self) -> None:
        self.left: Counter[bytes] = Counter()  # more on the newer side count up, on the older down
        self.heads: list[bytes | None] = [None, None]

    def take(self, rows: Iterable[bytes], side: int) -> None:
        step = 1 if side else -1
        left = self.left
        for row in rows:
            number = left[row] + step
            if number:
                left[row] = number
            else:
                del left[row]

    def rows(self, side: int) -> list[bytes]:
        """What is left of a side, in the order of the table."""
        sign = 1 if side else -1
        return [row for row, number in self.left.items() if number * sign > 0 for _each in range(abs(number))]


def compare(
    runs: Iterable[Run],
    form: Format,
    key: Sequence[str] = (),
    *,
    columns: tuple[Sequence[str], Sequence[str]] | None = None,
) -> TableDiff:
    """Compare two tables that come as runs of bytes, equal ones and others, in order.

    The first row of CSV and TSV names the columns; of JSON lines they are what `columns` says, if it does. Without a
    `key` one is looked for among the rows that differ. Raises `NotText` for what is no table, `UsageError` for a key
    that has no column.
    """
    cutters = Cutter(quotes=form != "jsonl"), Cutter(quotes=form != "jsonl")
    sides = _Sides()

    def take(rows: list[bytes], side: int) -> None:
        if form != "jsonl" and sides.heads[side] is None and rows:
            sides.heads[side] = rows.pop(0).removeprefix(b"\xef\xbb\xbf")
        sides.take(rows, side)

    for run in runs:
        if not run.same:
            for one, other in zip_longest(run.before, run.after, fillvalue=b""):
                take(cutters[0].feed(one), 0)
                take(cutters[1].feed(other), 1)
            continue
        for part in run.before:
            if cutters[0].rest == cutters[1].rest and None not in sides.heads:
                cutters[0].skip(part)
                cutters[1].skip(part)
            else:
                take(cutters[0].feed(part), 0)
                take(cutters[1].feed(part), 1)
    for side in (0, 1):
        take(cutters[side].end(), side)
    heads = int(form != "jsonl")
    counts = tuple(max(0, cutter.count - heads) for cutter in cutters)
    return _told(sides, form, tuple(key), (counts[0], counts[1]), columns)


def _told(
    sides: _Sides,
    form: Format,
    key: tuple[str, ...],
    counts: tuple[int, int],
    columns: tuple[Sequence[str], Sequence[str]] | None,
) -> TableDiff:
    raw = sides.rows(0), sides.rows(1)
    if form == "jsonl":
        tables = tuple([_json_row(row) for row in rows if row.strip()] for rows in raw)
        before, after = tables
        names = tuple(list(dict.fromkeys(name for row in rows for name in row)) for rows in tables)
        added, dropped, renamed = _NO_COLUMNS
        if columns is not None:
            names = tuple(map(list, columns))
            added, dropped, renamed = _columns(names[0], names[1], before, after)
    else:
        names = tuple(fields(head or b"", form) for head in sides.heads)
        before, after = (_named(rows, titles, form) for rows, titles in zip(raw, names, strict=True))
        added, dropped, renamed = _columns(names[0], names[1], before, after)
    if renamed:
        new = dict(renamed)
        before = [{new.get(name, name): value for name, value in row.items()} for row in before]
    both = [name for name in names[1] if any(name in row for row in before)] or list(names[1])
    for name in key:
        if name not in names[0] and name not in names[1]:
            raise UsageError(f"there is no column {shown(name)}", f"columns: {', '.join(map(shown, names[1][:8]))}")
    found = not key
    key = key or _key(before, after, both)
    common = set(both) if form != "jsonl" or columns is not None else None
    rows = _by_key(before, after, key, common)
    columns_of = tuple(names[0]), tuple(names[1])
    changed = _summaries(rows[2])
    return TableDiff(counts, key, found, tuple(added), tuple(dropped), tuple(renamed), *rows, changed, columns_of)


def _named(rows: Iterable[bytes], names: Sequence[str], form: Format) -> list[Row]:
    """Rows by the names of their columns; what is beyond the last one goes by its number."""
    found = []
    for row in rows:
        cells = fields(row, form)
        more = [f"column {number + 1}" for number in range(len(names), len(cells))]
        found.append(dict(zip([*names, *more], cells, strict=False)))
    return found


def _json_row(row: bytes) -> Row:
    try:
        value = json.loads(row)
    except (ValueError, RecursionError) as error:
        raise NotText(f"a line is no JSON: {' '.join(str(error).split())}") from error
    if not isinstance(value, dict):
        return {"value": _json_text(value)}
    return {str(name): _json_text(item) for name, item in value.items()}


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _columns(old: Sequence[str], new: Sequence[str], before: Sequence[Row], after: Sequence[Row]) -> _Columns:
    """The columns that are new, gone, and that have another name: with the same values, at the same place if any."""
    added = [name for name in new if name not in old]
    dropped = [name for name in old if name not in new]
    renamed = []
    come: set[str] = set()
    for name in dropped[:_COMPARED]:
        place = old.index(name)
        for other in sorted(added[:_COMPARED], key=lambda other: abs(new.index(other) - place)):
            if other not in come and _same_values(name, other, before, after):
                renamed.append((name, other))
                come.add(other)
                break
    gone = {name for name, _other in renamed}
    return (
        [name for name in added if name not in come], [name for name in dropped if name not in gone], renamed
    )  # fmt: skip


def _same_values(name: str, other: str, before: Sequence[Row], after: Sequence[Row]) -> bool:
    """Whether at least half of the values are the same; with no row left, all rows were."""
    if not before and not after:
        return True
    here = Counter(row.get(name, "") for row in before)
    there = Counter(row.get(other, "") for row in after)
    return 2 * sum((here & there).values()) >= max(len(before), len(after))


def _key(before: Sequence[Row], after: Sequence[Row], names: Sequence[str]) -> tuple[str, ...]:
    """A column whose values tell the differing rows of each side apart, and of which both sides have some."""
    if not before or not after:
        return ()
    likely = sorted(names, key=lambda name: _LIKELY.index(name.lower()) if name.lower() in _LIKELY else len(_LIKELY))
    for name in likely:
        here, there = ([row.get(name) for row in rows] for rows in (before, after))
        if None in here or None in there or len(set(here)) < len(here) or len(set(there)) < len(there):
            continue
        if not set(here).isdisjoint(there):
            return (name,)
    return ()


def _by_key(
    before: Sequence[Row], after: Sequence[Row], key: tuple[str, ...], common: set[str] | None
) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[ChangedRow, ...]]:
    """The rows that are new, gone and changed."""
    if not key:
        return tuple(after), tuple(before), ()
    old: dict[tuple[str, ...], list[Row]] = {}
    for row in before:
        old.setdefault(_value(row, key), []).append(row)
    added, changed = [], []
    for row in after:
        same = old.get(_value(row, key))
        if not same:
            added.append(row)
            continue
        was = same.pop(0)
        cells = _cells(was, row, common)
        if cells:
            changed.append(ChangedRow(_value(row, key), cells))
    deleted = [row for rows in old.values() for row in rows]
    return tuple(added), tuple(deleted), tuple(changed)


def _value(row: Row, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in key)


def _cells(was: Mapping[str, str], now: Mapping[str, str], common: set[str] | None) -> tuple[tuple[str, str, str], ...]:
    names = dict.fromkeys((*was, *now))
    return tuple(
        (name, was.get(name, ""), now.get(name, ""))
        for name in names
        if (common is None or name in common) and was.get(name) != now.get(name)
    )


def _summaries(changed: Iterable[ChangedRow]) -> tuple[Column, ...]:
    cells: dict[str, list[tuple[str, str]]] = {}
    for row in changed:
        for name, was, now in row.cells:
            cells.setdefault(name, []).append((was, now))
    return tuple(Column(name, len(pairs), _mean_change(pairs)) for name, pairs in sorted(cells.items()))


def _mean_change(pairs: Sequence[tuple[str, str]]) -> float | None:
    try:
        mean = sum(float(now) - float(was) for was, now in pairs) / len(pairs)
    except ValueError:
        return None
    return mean if math.isfinite(mean) else None
