"""Plots for a terminal, a line for each series and version, and as JSON."""

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gitdata.ops.measuring.plots import Chart, Plots
from gitdata.wording import cells, count, fitted, padded, safe, shown, size

_BLOCKS = "▁▂▃▄▅▆▇█"
_NAME = 24  # columns for the name of a version at most
_NUMBERS = 36  # columns for what is said behind a line


def lines(found: Plots, width: int) -> Iterator[str]:
    """The charts in `width` columns; all versions of a series have one scale."""
    names = [fitted(safe(version.name), _NAME) for version in found.versions]
    widest = max(map(cells, names), default=0)
    room = max(8, width - widest - _NUMBERS - 4)
    for chart in found.charts:
        values = [y for line in chart.lines for _x, y in line.series.points]
        by = f" by {safe(chart.x)}" if chart.x else ""
        yield f"{shown(chart.path)}  {safe(chart.column)}{by}"
        for number, one in chart.lines:
            name = names[number]
            column = [y for _x, y in one.points]
            drawn = _sparkline(column, room, min(values, default=0.0), max(values, default=0.0))
            told = f"{min(column):.6g} .. {max(column):.6g}, last {column[-1]:.6g}" if column else "no numbers"
            yield f"  {padded(name, widest)}  {drawn}  {told}"
    for picture in found.pictures:
        yield f"{shown(picture.path)}  image"
        for number, media, content in picture.images:
            name = names[number]
            yield f"  {padded(name, widest)}  {media.partition('/')[2]}, {size(len(content))}"
    for note in found.notes:
        yield f"note: {safe(note)}"


def _sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """Values as blocks, those of one column by their mean."""
    if len(values) > width:
        edges = [number * len(values) // width for number in range(width + 1)]
        values = [sum(values[one:other]) / (other - one) for one, other in pairwise(edges)]
    span = high - low
    if not span or span == float("inf"):
        return _BLOCKS[len(_BLOCKS) // 2] * len(values)
    return "".join(_BLOCKS[min(len(_BLOCKS) - 1, int((value - low) / span * len(_BLOCKS)))] for value in values)


def as_json(found: Plots) -> dict[str, object]:
    """The schema is in docs/versions.md."""
    return {
        "versions": [{"revision": one.name, "commit": one.commit} for one in found.versions],
        "charts": [_chart(found, chart) for chart in found.charts],
        "images": [
            {
                "path": os.fsdecode(picture.path),
                "versions": [
                    {"revision": found.versions[number].name, "type": media, "bytes": len(content)}
                    for number, media, content in picture.images
                ],
            }
            for picture in found.pictures
        ],
        "notes": list(found.notes),
    }


def _chart(found: Plots, chart: Chart) -> dict[str, object]:
    return {
        "path": os.fsdecode(chart.path),
        "column": chart.column,
        "x": chart.x or None,
        "x_type": chart.x_type,
        "kind": chart.kind,
        "versions": [
            {
                "revision": found.versions[number].name,
                "rows_per_pair": one.every,
                "left_out": one.left_out,
                "points": [list(point) for point in one.points],
            }
            for number, one in chart.lines
        ],
    }


def summary(found: Plots) -> str:
    """What there is, in some words."""
    parts = [count(len(found.charts), "chart")] if found.charts else []
    if found.pictures:
        parts.append(count(len(found.pictures), "image"))
    return f"{' and '.join(parts) or 'nothing'} of {', '.join(safe(one.name) for one in found.versions)}"
