"""Differences of contents for a pull request: changed rows as tables, text in fenced blocks; long ones are cut."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gitdata.cli import diff_kinds, diff_summaries, diff_tables
from gitdata.cli.colour import Palette
from gitdata.cli.diff_patch import is_summarised, sizes
from gitdata.cli.diff_text import code, shown
from gitdata.cli.diff_wanted import Wanted
from gitdata.contents.column_summary import Summaries
from gitdata.contents.table_diff import TableDiff
from gitdata.errors import NoReader, NotText
from gitdata.ops.looking import kinds
from gitdata.ops.looking.diff import Diff
from gitdata.ops.looking.kinds import ColumnsDiff
from gitdata.ops.looking.patch import shared, sort, text_patches
from gitdata.ops.looking.summaries import summarise
from gitdata.ops.looking.tables import compare_tables
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import Source
from gitdata.values import replace
from gitdata.wording import count, safe

_ROWS = 50  # of a table
_COLUMNS = 20
_LINES = 200  # of a text
_CELL = 100  # characters


def contents(source: Source, found: Diff, palette: Palette, wanted: Wanted) -> Iterator[str]:
    """How the contents of each changed file differ, in the order of the paths."""
    plain = replace(palette, shown=False)
    done = sort(source, found, as_text=wanted.as_text)
    texts = text_patches(source, found, done.text, wanted.options)
    parts: dict[bytes, Callable[[], Iterable[str]]] = {}
    for change in done.text:
        parts[change.path] = _Part(_patch, texts.get(change.path, b""))
    for change in done.by_kind.pop("table", []):
        parts[change.path] = _Part(_compared_table, source, found, change, wanted)
    for change in (one for some in done.by_kind.values() for one in some):
        parts[change.path] = _Part(_of_kind, source, found, change, wanted, plain)
    for change in done.binary:
        parts[change.path] = _Part(_binary, source, found, change)
    for path in sorted(parts):
        yield from ("", f"#### {code(shown(path))}", "", *parts[path]())


class _Part:
    """What is told of a file, once it is its turn."""

    def __init__(self, told: Callable[..., Iterable[str]], *about: object) -> None:
        self._told, self._about = told, about

    def __call__(self) -> Iterable[str]:
        return self._told(*self._about)


def _patch(patch: bytes) -> Iterator[str]:
    text = patch.decode("utf-8", "surrogateescape")
    lines = text.split("\n")[:-1]
    start = next((number for number, line in enumerate(lines) if line.startswith("@@")), 0)
    yield from _fenced(lines[start:], "diff")


def _fenced(lines: Sequence[str], language: str = "") -> Iterator[str]:
    told = ["\t".join(map(safe, line.split("\t"))) for line in lines[:_LINES]]
    longest = max((len(run) for line in told for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *told, fence)
    if len(lines) > _LINES:
        yield f"and {count(len(lines) - _LINES, 'more line')}"


def _compared_table(source: Source, found: Diff, change: Change, wanted: Wanted) -> Iterator[str]:
    try:
        table = compare_tables(source, found, change, wanted.key)
        summaries = summarise(source, found, change, table) if is_summarised(source, change, wanted) else None
    except NotText as error:
        yield from _fenced([f"no table: {error}"])
        return
    yield from _table(table, summaries)


def _of_kind(source: Source, found: Diff, change: Change, wanted: Wanted, plain: Palette) -> Iterator[str]:
    try:
        compared = kinds.compare(source, found, change, wanted.key, summarised=is_summarised(source, change, wanted))
    except (NoReader, NotText) as error:
        yield from _fenced([sizes(change, shared(source, found, change)), str(error)])
        return
    if isinstance(compared, ColumnsDiff):
        for name, old, new in compared.retyped:
            yield f"* column {_cell(name)}: {_cell(old)} to {_cell(new)}"
        yield from _table(compared.table, compared.summaries)
    else:
        yield from _fenced(list(diff_kinds.lines(compared, plain)))


def _binary(source: Source, found: Diff, change: Change) -> Iterator[str]:
    yield from _fenced([sizes(change, shared(source, found, change))])


def _table(table: TableDiff, summaries: Summaries | None) -> Iterator[str]:
    yield code(diff_tables.summary(table))
    for what, columns in (("dropped", table.dropped_columns), ("new", table.added_columns)):
        yield from (f"* {what} column {_cell(name)}" for name in columns)
    yield from (f"* column {_cell(old)} is called {_cell(new)}" for old, new in table.renamed_columns)
    rows = list(_rows(table))
    if rows:
        known = dict.fromkeys((*table.key, *(name for _mark, cells in rows for name in cells)))
        names = list(known)[:_COLUMNS]
        yield from ("", f"| | {' | '.join(map(_cell, names))} |", f"|---|{'---|' * len(names)}")
        for mark, cells in rows[:_ROWS]:
            yield f"| {mark} | {' | '.join(cells.get(name, '') for name in names)} |"
        if len(rows) > _ROWS or len(known) > _COLUMNS:
            yield ""
            more = [(len(rows) - _ROWS, "more row"), (len(known) - _COLUMNS, "more column")]
            yield f"and {' and '.join(count(number, noun) for number, noun in more if number > 0)}"
    if summaries is not None and summaries.columns:
        yield from ("", *_summaries(summaries))


def _rows(table: TableDiff) -> Iterator[tuple[str, dict[str, str]]]:
    for row in table.deleted:
        yield "deleted", {name: _cell(value) for name, value in row.items()}
    for changed in table.changed:
        key = {name: _cell(value) for name, value in zip(table.key, changed.key, strict=True)}
        yield "changed", key | {name: f"{_cell(was)} to {_cell(now)}" for name, was, now in changed.cells}
    for row in table.added:
        yield "added", {name: _cell(value) for name, value in row.items()}


def _summaries(found: Summaries) -> Iterator[str]:
    rows = [(column.name, dict(diff_summaries.told(column))) for column in found.columns]
    kinds_of = list(dict.fromkeys(what for _name, told in rows for what in told))
    yield f"| column | {' | '.join(kinds_of)} |"
    yield f"|---|{'---|' * len(kinds_of)}"
    for name, told in rows:
        yield f"| {_cell(name)} | {' | '.join(code(told[what]) if what in told else '' for what in kinds_of)} |"


def _cell(value: str) -> str:
    """A value in which nothing means anything."""
    return code(value[:_CELL] + ("..." if len(value) > _CELL else "")) if value else "(empty)"
