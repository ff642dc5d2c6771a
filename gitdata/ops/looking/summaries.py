"""Summaries: what the columns of two versions of a table come to, side by side."""

from gitdata.contents import column_summary
from gitdata.contents.column_summary import Summaries
from gitdata.contents.row_fields import format_of
from gitdata.contents.table_diff import TableDiff
from gitdata.ops.looking.diff import Diff
from gitdata.ops.looking.patch import limit_of
from gitdata.ops.looking.tables import runs
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import Source

_SMALL = 16 << 20  # bytes of a version


def has_two_sides(change: Change) -> bool:
    """Whether there is something to compare: a new file is shown as a whole, and so is one that is gone."""
    return change.before is not None and change.after is not None


def is_small(source: Source, change: Change) -> bool:
    """Whether all rows of both versions are read without being asked for, which takes a second at most."""
    limit = min(_SMALL, limit_of(source.place))
    return all(file is None or file.entry.size <= limit for file in (change.before, change.after))


def summarise(source: Source, found: Diff, change: Change, table: TableDiff) -> Summaries:
    """The columns that `table` says have changed; all rows are read, what both versions have once.

    Raises `NotText`, and as `Source.stream` does.
    """
    form = format_of(change.path)
    pairs = column_summary.pairs_of(table)
    return column_summary.of_runs(pairs, runs(source, found, change) if pairs else (), form, table.names)
