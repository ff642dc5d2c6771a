"""Plots as one HTML page that asks nobody for anything: what draws them is in it, and images are."""

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from gitdata.ops.measuring.plots import Chart, Picture, Plots
from gitdata.wording import count, fitted, safe

MARK = "<!DOCTYPE html><!-- git data plots -->"
"""How every such page begins."""

_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
_DOTS = 60  # points of a line up to which each has a dot
_TITLE = 80  # columns of a name
_MARKS = {"line": "line", "scatter": "point", "bar": "bar"}
# `ast` evaluates expressions without making code of them, so the page may forbid that.
_START = """
for (const [number, spec] of JSON.parse(document.getElementById("charts").textContent).entries()) {
  const place = document.getElementById("chart-" + number);
  const failed = error => { place.textContent = "cannot be drawn: " + error.message; };
  const actions = {export: true, source: false, compiled: false, editor: false};
  vegaEmbed(place, spec, {mode: "vega-lite", renderer: "svg", ast: true, actions}).catch(failed);
}
"""
_STYLE = """
body { font: 14px/1.4 sans-serif; margin: 1.5em; color: #222; background: #fff; }
h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin: 1.6em 0 .4em; overflow-wrap: anywhere; }
section > div { display: flex; flex-wrap: wrap; gap: 1.5em; }
figure { margin: 0; } figcaption { overflow-wrap: anywhere; max-width: 480px; }
img { max-width: 480px; border: 1px solid #ccc; } .note { color: #666; }
"""


def page(found: Plots) -> Iterator[bytes]:
    """The parts of the page."""
    scripts = [*map(_library, _LIBRARIES), _START] if found.charts else []
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}"
    names = ", ".join(version.name for version in found.versions)
    yield (
        f'{MARK}\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<link rel="icon" href="data:,">\n<title>{_text(names)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n'
        f"<h1>{_text(names)}</h1>\n"
    ).encode()
    for note in found.notes:
        yield f'<p class="note">{_text(note)}</p>\n'.encode()
    number = 0
    paths = {chart.path for chart in found.charts} | {picture.path for picture in found.pictures}
    for path in sorted(paths):
        yield f"<section><h2>{_text(path)}</h2><div>\n".encode()
        for chart in found.charts:
            if chart.path == path:
                yield f'<div id="chart-{number}"></div>\n'.encode()
                number += 1
        for picture in found.pictures:
            if picture.path == path:
                yield from _figures(found, picture)
        yield b"</div></section>\n"
    specs = _data([chart_spec(found, one) for one in found.charts])
    yield f'<script type="application/json" id="charts">{specs}</script>\n'.encode()
    for script in scripts:
        yield f"<script>{script}</script>\n".encode()
    yield b"</body>\n</html>\n"


def _library(name: str) -> str:
    text = (files("gitdata.cli") / "vega" / name).read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//# sourceMappingURL="))


def _hash(script: str) -> str:
    """A script as the policy of a page names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _text(text: str | bytes) -> str:
    return html.escape(safe(text))


def _data(value: object) -> str:
    """JSON in which nothing ends a script, or means anything else to a page."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _figures(found: Plots, picture: Picture) -> Iterator[bytes]:
    sides = {image.version: image for image in picture.images}
    for number, version in enumerate(found.versions):
        caption = f"<figcaption>{_text(version.name)}</figcaption>"
        image = sides.get(number)
        if image is None:
            yield f'<figure>{caption}<span class="note">not there</span></figure>\n'.encode()
            continue
        source = base64.b64encode(image.content).decode()
        yield f'<figure>{caption}<img alt="" src="data:{image.media};base64,{source}"></figure>\n'.encode()


def chart_spec(found: Plots, chart: Chart, above: Sequence[str] = ()) -> dict[str, object]:
    """The chart in Vega-Lite, with the lines `above` below its title.

    Columns are called x, y and v there, as names with dots in them would mean more.
    """
    names = [safe(version.name) for version in found.versions]
    x = fitted(safe(chart.x), _TITLE) or "row"
    kinds = {"number": "quantitative", "time": "temporal", "text": "ordinal"}
    x_axis: dict[str, object] = {"field": "x", "type": kinds[chart.x_type], "title": x}
    if chart.kind == "bar":
        x_axis.update(type="ordinal", axis={"labelOverlap": True})
    elif chart.x_type == "text":
        x_axis.update(axis={"labelOverlap": True})
    else:
        x_axis.update(scale={"zero": False, **({"type": "utc"} if chart.x_type == "time" else {})})
    if chart.x_type == "text":
        x_axis.update(sort=None)
    most = max(len(line.series.points) for line in chart.lines)
    mark: dict[str, object] = {"type": _MARKS[chart.kind], "tooltip": True}
    if chart.kind == "line":
        mark["point"] = most <= _DOTS
    scale = {"domain": names}
    encoding: dict[str, object] = {
        "x": x_axis,
        "y": {"field": "y", "type": "quantitative", "title": None, "scale": {"zero": chart.kind == "bar"}},
        "color": {"field": "v", "type": "nominal", "title": "version", "scale": scale, "sort": None},
        "tooltip": [
            {"field": "v", "type": "nominal", "title": "version"},
            {"field": "x", "type": kinds[chart.x_type], "title": f"x: {x}"},
            {"field": "y", "type": "quantitative", "title": "value", "format": ".6g"},
        ],
    }
    if chart.kind == "bar":
        encoding["xOffset"] = {"field": "v", "sort": None, "scale": scale}
    return {
        "title": {
            "text": fitted(safe(chart.column), _TITLE),
            "subtitle": [*above, *_remarks(found, chart)],
            "anchor": "start",
        },
        "width": 420,
        "height": 240,
        "data": {
            "values": [
                {"x": _place(chart, place), "y": y, "v": names[line.version]}
                for line in chart.lines
                for place, y in line.series.points
            ]
        },
        "mark": mark,
        "encoding": encoding,
    }


def _place(chart: Chart, place: float | str) -> float | str:
    return safe(str(place)) if chart.x_type == "text" else place


def _remarks(found: Plots, chart: Chart) -> list[str]:
    """What is not as it is in the file."""
    remarks = []
    for number, one in chart.lines:
        name = safe(found.versions[number].name)
        if one.every > 1:
            remarks.append(f"{name}: the least and the largest of every {one.every:,} rows")
        if one.left_out:
            remarks.append(f"{name}: {count(one.left_out, 'cell')} without a finite number")
    return remarks
