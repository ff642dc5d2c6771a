"""Summaries of columns, of two versions side by side: nulls, least, largest and mean value, and how many are different.

All rows count, also those that are the same in both versions; these are read once.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat, zip_longest

from gitdata.contents.column_tally import Summary, Tally
from gitdata.contents.row_fields import Format
from gitdata.contents.rows import ROW_LIMIT, Cutter, Run
from gitdata.contents.table_diff import TableDiff
from gitdata.errors import NotText
from gitdata.values import frozen

COLUMNS = 32  # of a table


@frozen
class SummaryDiff:
    """A column of which the summaries differ; one side is None where the column is new or gone."""

    name: str  # in the newer version, if it is there
    before: Summary | None
    after: Summary | None


@frozen
class Summaries:
    """All of them."""

    columns: tuple[SummaryDiff, ...]
    left_out: int  # columns beyond `COLUMNS`


Pairs = Sequence[tuple[str | None, str | None]]
"""The names of columns in the older and in the newer version."""

Names = tuple[Sequence[str], Sequence[str]]
"""Those of all columns, of each side."""

Cells = Mapping[str, Iterable[object]]
"""Some rows, by column."""

_BOTH = 2
_WIDE = 256  # cells of a row up to which rows are turned into columns all at once


def pairs_of(found: TableDiff) -> Pairs:
    """The columns in question: all where rows were added or deleted, else those that are new, gone or have changed."""
    old = {new: was for was, new in found.renamed_columns}
    rows = bool(found.added or found.deleted)
    changed = {column.name for column in found.columns}
    pairs: list[tuple[str | None, str | None]] = [(name, None) for name in found.dropped_columns]
    for name in dict.fromkeys((*found.names[1], *sorted(changed))):
        if name in found.added_columns:
            pairs.append((None, name))
        elif rows or name in changed:
            pairs.append((old.get(name, name), name))
    return pairs


def of_cells(pairs: Pairs, before: Iterable[Cells], after: Iterable[Cells]) -> Summaries:
    """The summaries of two tables that come as some rows at a time, by column."""
    tallies = [(Tally(), Tally()) for _pair in pairs[:COLUMNS]]
    for side, table in enumerate((before, after)):
        for cells in table:
            for pair, both in zip(pairs, tallies, strict=False):
                if (name := pair[side]) is not None:
                    both[side].add(cells.get(name, ()))
    return _compared(pairs, tallies)


def of_runs(pairs: Pairs, runs: Iterable[Run], form: Format, names: Names) -> Summaries:
    """The summaries of CSV or TSV tables whose first rows are `names`, or of JSON lines; raises `NotText`."""
    work = _Work(pairs, form, names)
    cutters = Cutter(quotes=form != "jsonl"), Cutter(quotes=form != "jsonl")
    for run in runs:
        if not run.same:
            for parts in zip_longest(run.before, run.after, fillvalue=b""):
                for side, part in enumerate(parts):
                    work.take(cutters[side].feed(part), side)
            continue
        for part in run.before:
            if work.alike and cutters[0].rest == cutters[1].rest:
                work.add(cutters[0].feed(part), _BOTH)
                cutters[1].rest = cutters[0].rest
            else:
                for side in (0, 1):
                    work.take(cutters[side].feed(part), side)
    for side in (0, 1):
        work.take(cutters[side].end(), side)
    return _compared(pairs, [(before.join(both), after.join(both)) for before, after, both in work.tallies])


class _Work:
    """The tallies of the rows of each side, and of those that both have."""

    def __init__(self, pairs: Pairs, form: Format, names: Names) -> None:
        self._form, self._names = form, names
        self._pairs = pairs[:COLUMNS]
        wanted = [{pair[side] for pair in self._pairs} for side in (0, 1)]
        self._places = [
            {name: place for place, name in enumerate(names[side]) if name in wanted[side]} for side in (0, 1)
        ]
        self._heads = 0 if form == "jsonl" else 0b11  # first rows that are still to come, a bit for each side
        self.tallies = [(Tally(), Tally(), Tally()) for _pair in self._pairs]

    @property
    def alike(self) -> bool:
        """Whether a row means the same on both sides."""
        return not self._heads and (self._form == "jsonl" or self._names[0] == self._names[1])

    def take(self, rows: list[bytes], side: int) -> None:
        """Rows of a side, the first one among them."""
        if rows and self._heads & 1 << side:
            self._heads &= ~(1 << side)
            rows = rows[1:]
        self.add(rows, side)

    def add(self, rows: list[bytes], side: int) -> None:
        """Rows of a side, or of both."""
        if not rows:
            return
        of = 1 if side == _BOTH else side
        cells = self._objects(rows) if self._form == "jsonl" else self._fields(rows, of)
        for pair, tallies in zip(self._pairs, self.tallies, strict=True):
            if (name := pair[of]) is not None:
                tallies[side].add(cells.get(name, repeat(None, len(rows))))

    def _fields(self, rows: list[bytes], side: int) -> Cells:
        csv.field_size_limit(ROW_LIMIT)
        texts = (row.decode("utf-8", "surrogateescape") for row in rows)
        try:
            parsed = [row for row in csv.reader(texts, delimiter="\t" if self._form == "tsv" else ",") if row]
        except csv.Error as error:
            raise NotText(f"a row cannot be read: {error}") from error
        places = self._places[side]
        if max(map(len, parsed), default=0) > _WIDE:  # one row of many cells would make as many columns
            return {
                name: [(row[place] or None) if place < len(row) else None for row in parsed]
                for name, place in places.items()
            }
        columns = list(zip_longest(*parsed))
        return {
            name: [cell or None for cell in columns[place]] if place < len(columns) else repeat(None, len(parsed))
            for name, place in places.items()
        }

    def _objects(self, rows: list[bytes]) -> Cells:
        parsed = [value for row in rows if row.strip() and isinstance(value := _json(row), dict)]
        wanted = {name for pair in self._pairs for name in pair if name is not None}
        return {name: [row.get(name) for row in parsed] for name in wanted}


def _json(row: bytes) -> object:
    try:
        return json.loads(row)
    except (ValueError, RecursionError) as error:
        raise NotText(f"a line is no JSON: {' '.join(str(error).split())}") from error


def _compared(pairs: Pairs, tallies: Iterable[tuple[Tally, Tally]]) -> Summaries:
    """The columns whose summaries differ."""
    found = []
    for (old, new), (before, after) in zip(pairs, tallies, strict=False):
        one = before.summary() if old is not None else None
        other = after.summary() if new is not None else None
        if one != other:
            found.append(SummaryDiff(new or old or "", one, other))
    return Summaries(tuple(found), max(0, len(pairs) - COLUMNS))
