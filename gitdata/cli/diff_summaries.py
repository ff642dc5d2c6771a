"""Summaries of columns in words and as JSON."""

from collections.abc import Iterator

from gitdata.cli.colour import Palette
from gitdata.contents.column_summary import Summaries, SummaryDiff
from gitdata.contents.column_tally import DISTINCT, Summary
from gitdata.wording import count, safe


def lines(found: Summaries, palette: Palette) -> Iterator[str]:
    """A line for each column; what is the same in both versions is said once."""
    for column in found.columns:
        words = ", ".join(f"{what} {text}" for what, text in told(column))
        yield palette.paint("frag", f"  {safe(column.name) or chr(34) * 2}: {words}")
    if found.left_out:
        yield palette.paint("frag", f"  {count(found.left_out, 'more column')} not summarised")


def told(column: SummaryDiff) -> Iterator[tuple[str, str]]:
    """What is known of a column, each with what it is in both versions."""
    sides = [_words(side) if side is not None else {} for side in (column.before, column.after)]
    for what in dict.fromkeys((*sides[0], *sides[1])):
        texts = [side.get(what) for side in sides]
        given = [text for text in texts if text is not None]
        if len(given) == 1 and column.before is not None and column.after is not None:
            given = [text or "none" for text in texts]
        yield what, given[0] if len(set(given)) == 1 else " -> ".join(given)


def _words(side: Summary) -> dict[str, str]:
    share = 100 * side.nulls / side.cells if side.cells else 0.0
    words = {"nulls": f"{share:.3g} %" if side.nulls else "0"}
    for what, value in (("min", side.least), ("max", side.largest), ("mean", side.mean)):
        if value is not None:
            words[what] = f"{value:.6g}" if isinstance(value, float) else f'"{safe(value)}"'
    words["distinct"] = f"{side.distinct:,}" if side.distinct is not None else f"more than {DISTINCT:,}"
    return words


def as_json(found: Summaries) -> dict[str, object]:
    """The schema is in docs/versions.md."""
    return {
        "columns": {
            column.name: {"before": _side(column.before), "after": _side(column.after)} for column in found.columns
        },
        "left_out": found.left_out,
    }


def _side(side: Summary | None) -> dict[str, object] | None:
    if side is None:
        return None
    return {
        "cells": side.cells,
        "nulls": side.nulls,
        "min": side.least,
        "max": side.largest,
        "mean": side.mean,
        "distinct": side.distinct,
    }
