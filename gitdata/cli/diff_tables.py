"""Differences of tables in words and as JSON."""

from collections.abc import Iterator

from gitdata.cli.colour import Palette
from gitdata.contents.table_diff import Row, TableDiff
from gitdata.wording import count, safe


def lines(found: TableDiff, palette: Palette) -> Iterator[str]:
    """What differs, a line for each row."""
    yield palette.paint("frag", summary(found))
    for sign, slot, names in (("-", "old", found.dropped_columns), ("+", "new", found.added_columns)):
        for name in names:
            yield palette.paint(slot, f"{sign} column {_cell(name)}")
    for old, new in found.renamed_columns:
        yield f"~ column {_cell(old)} -> {_cell(new)}"
    for row in found.deleted:
        yield palette.paint("old", f"- {_row(row)}")
    for changed in found.changed:
        cells = ", ".join(f"{_cell(name)} {_cell(was)} -> {_cell(now)}" for name, was, now in changed.cells)
        yield f"~ {_key(found.key, changed.key)}: {cells}"
    for row in found.added:
        yield palette.paint("new", f"+ {_row(row)}")
    for column in found.columns:
        mean = f", mean change {column.mean_change:+.6g}" if column.mean_change is not None else ""
        yield palette.paint("frag", f"  {_cell(column.name)}: {count(column.cells, 'cell')} changed{mean}")


def summary(found: TableDiff) -> str:
    """How many rows differ."""
    counts = [
        f"{number:,} {what}"
        for number, what in (
            (len(found.added), "added"),
            (len(found.deleted), "deleted"),
            (len(found.changed), "changed"),
        )
        if number
    ]
    names = ", ".join(map(_cell, found.key))
    by = f"rows by {names}{' (found)' if found.found else ''}" if names else "no key found"
    what = ", ".join(counts) or "no row differs"
    return f"table, {by}: {what}; {found.rows[0]:,} -> {count(found.rows[1], 'row')}"


def _key(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return ", ".join(f"{_cell(name)}={_cell(value)}" for name, value in zip(names, values, strict=True))


def _row(row: Row) -> str:
    return ", ".join(f"{_cell(name)}={_cell(value)}" for name, value in row.items())


def _cell(text: str) -> str:
    """A value as it is, or in quotes where it could be taken for something else."""
    plain = text and not any(letter in ' ,=:"' for letter in text)
    return safe(text) if plain else '"' + safe(text).replace('"', '\\"') + '"'


def as_json(found: TableDiff) -> dict[str, object]:
    """The schema is in docs/versions.md."""
    return {
        "rows_before": found.rows[0],
        "rows_after": found.rows[1],
        "key": list(found.key),
        "key_was_found": bool(found.key) and found.found,
        "columns": {
            "added": list(found.added_columns),
            "dropped": list(found.dropped_columns),
            "renamed": [list(pair) for pair in found.renamed_columns],
        },
        "added": list(found.added),
        "deleted": list(found.deleted),
        "changed": [
            {"key": list(row.key), "cells": {name: [was, now] for name, was, now in row.cells}} for row in found.changed
        ],
        "cells_changed": {
            column.name: {"cells": column.cells, "mean_change": column.mean_change} for column in found.columns
        },
    }
