"""The figures as tables, for a terminal and in Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.looking import PLAIN
from bench.run import CP
from bench.s3 import KINDS
from bench.workloads import STEPS, workload

Figures = dict[str, float]
OURS = "git-data"
_SHOWN = {"dvc": "DVC", PLAIN: "plain Git"}


@dataclass(frozen=True)
class Table:
    """A heading, and rows of cells; the first row names the columns, the first column is text."""

    heading: str
    rows: list[list[str]]

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        lines = [
            "  ".join(
                [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
            )
            for row in self.rows
        ]
        return "\n".join([self.heading, *("  " + line.rstrip() for line in lines)]) + "\n"

    def markdown(self) -> str:
        head, *rest = self.rows
        rule = ["---", *["--:"] * (len(head) - 1)]
        return (
            "\n".join([f"### {self.heading}", "", *("| " + " | ".join(row) + " |" for row in (head, rule, *rest))])
            + "\n"
        )


def tables(results: dict) -> list[Table]:
    """Every table of a run, from what it wrote as JSON."""
    found: list[Table] = []
    rows = results["rows"]
    for name, remote, scale in dict.fromkeys((row["workload"], row["remote"], row["scale"]) for row in rows):
        mine = [row for row in rows if (row["workload"], row["remote"], row["scale"]) == (name, remote, scale)]
        medians = {(row["tool"], row["step"]): row["median"] for row in mine}
        tools = [tool for tool in dict.fromkeys(row["tool"] for row in mine) if tool != CP]
        local = not any(row["step"].endswith("push") for row in mine)
        heading = f"{name}: {workload(name, scale).title}" + ("" if local else f" - {KINDS[remote]}")
        found.append(_times(heading, tools, medians))
        if any(figures.get("requests") for figures in medians.values()):
            found.append(_network(f"{name}, {remote}: requests, MB up and down", tools, medians))
        kept = [
            row for row in results["stored"] if (row["workload"], row["remote"], row["scale"]) == (name, remote, scale)
        ]
        if kept:
            found.append(_stored(f"{name}, {remote}: kept after each push", kept))
    if results["starting"]:
        found.append(
            Table(
                "Starting, and status beside many files",
                [["what", "ms", "CPU ms"], *(_started(row) for row in results["starting"])],
            )
        )
    if results["looking"]:
        found += [_looked(results["looking"]), _left(results["looking"])]
    return found


def machine(results: dict) -> str:
    """What it was measured on, in one line."""
    at = results["machine"]
    versions = ", ".join(
        str(version) if name in str(version) else f"{name} {version}" for name, version in at["versions"].items()
    )
    runs = f"{results['runs']} run{'s' if results['runs'] > 1 else ''}"
    where = f"{at['cores']} cores, {at['system']}, Python {at['python']}, load {at['load before']} before"
    return f"{where}; {versions}; {runs}."


def _steps(medians: Iterable[tuple[str, str]]) -> list[str]:
    there = {step for tool, step in medians if tool != CP}
    return [step for step in STEPS if step in there]


def _times(heading: str, tools: list[str], medians: dict[tuple[str, str], Figures]) -> Table:
    ours = OURS in tools
    head = ["step"] + (["git-data s", "CPU s", "MiB"] if ours else [])
    for tool in tools:
        if tool != OURS:
            name = _SHOWN.get(tool, tool)
            head += [f"{name} s", f"CPU s ({name})", f"MiB ({name})"] if tool == "dvc" else [f"{name} s"]
            head += [f"{name} / git-data"] if ours and tool == "dvc" else []
    head += [f"{CP} s"] + ([f"git-data / {CP}"] if ours else [])
    rows = [head]
    for step in _steps(medians):
        mine = medians.get((OURS, step))
        row = [step] + (_full(mine) if ours else [])
        for tool in tools:
            if tool != OURS:
                theirs = medians.get((tool, step))
                row += _full(theirs) if tool == "dvc" else _full(theirs)[:1]
                row += [_ratio(theirs, mine)] if ours and tool == "dvc" else []
        copy = medians.get((CP, step))
        row += _full(copy)[:1] + ([_ratio(mine, copy)] if ours else [])
        rows.append(row)
    return Table(heading, rows)


def _network(heading: str, tools: list[str], medians: dict[tuple[str, str], Figures]) -> Table:
    counting = [
        tool for tool in tools if any(t == tool and figures.get("requests") for (t, _s), figures in medians.items())
    ]
    rows = [["step", *(f"{_SHOWN.get(tool, tool)} {what}" for tool in counting for what in ("requests", "up", "down"))]]
    for step in _steps(medians):
        found = [medians.get((tool, step), {}) for tool in counting]
        if any(figures.get("requests") for figures in found):
            rows.append([step, *(cell for figures in found for cell in _moved(figures))])
    return Table(heading, rows)


def _stored(heading: str, kept: list[dict]) -> Table:
    rows = [["tool, after", "remote MB", "remote files", "local MB"]]
    for row in kept:
        figures = row["median"]
        rows.append(
            [
                f"{_SHOWN.get(row['tool'], row['tool'])}, {row['step']}",
                _megabytes(figures["remote_bytes"]),
                f"{figures['remote_files']:,.0f}",
                _megabytes(figures["local_bytes"]),
            ]
        )
    return Table(heading, rows)


def _started(row: dict) -> list[str]:
    return [row["name"], f"{row['ms']:.1f}", f"{row['cpu_ms']:.1f}"]


def _looked(rows: list[dict]) -> Table:
    tools, found = _by_name([row for row in rows if "ms" in row])
    others = [tool for tool in tools if tool != OURS]
    head = ["what", *(f"{_SHOWN.get(tool, tool)} {unit}" for tool in tools for unit in ("ms", "CPU ms"))]
    if OURS in tools:
        head += [f"{_SHOWN.get(tool, tool)}: {what}" for tool in others for what in ("git-data takes", "ms more")]
    cells = [head]
    for name, by in found.items():
        row = [name]
        for tool in tools:
            row += [f"{by[tool]['ms']:.1f}", f"{by[tool]['cpu_ms']:.1f}"] if tool in by else ["", ""]
        if OURS in tools:
            for tool in others:
                ours, theirs = by[OURS]["ms"], by.get(tool, {}).get("ms")
                row += [f"{ours / theirs:.2f}x", f"{ours - theirs:+.0f}"] if theirs else ["", ""]
        cells.append(row)
    return Table("Looking: `git status` and `dvc status` after edits", cells)


def _left(rows: list[dict]) -> Table:
    tools, found = _by_name([row for row in rows if "left_bytes" in row])
    units = {"left_bytes": "bytes", "stored_bytes": "of content"}
    cells = [["after", *(f"{_SHOWN.get(tool, tool)} {unit}" for tool in tools for unit in units.values())]]
    for name, by in found.items():
        cells.append([name, *(f"{by[tool][key]:,}" if tool in by else "" for tool in tools for key in units)])
    return Table("Looking: what the repository grew by, with all looks until it was recorded", cells)


def _by_name(rows: list[dict]) -> tuple[list[str], dict[str, dict[str, dict]]]:
    """The tools, and by name of the row and tool the row."""
    found: dict[str, dict[str, dict]] = {}
    for row in rows:
        found.setdefault(row["name"], {})[row["tool"]] = row
    return list(dict.fromkeys(row["tool"] for row in rows)), found


def _full(figures: Figures | None) -> list[str]:
    if figures is None:
        return ["", "", ""]
    return [f"{figures['wall_s']:.2f}", f"{figures['cpu_s']:.2f}", f"{figures['peak_bytes'] / (1 << 20):.0f}"]


def _ratio(figures: Figures | None, to: Figures | None) -> str:
    return f"{figures['wall_s'] / to['wall_s']:.1f}x" if figures and to else ""


def _moved(figures: Figures) -> list[str]:
    if "requests" not in figures:
        return ["", "", ""]
    return [f"{figures['requests']:,.0f}", _megabytes(figures["up_bytes"]), _megabytes(figures["down_bytes"])]


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.2f}" if count < 1e8 else f"{count / 1e6:,.0f}"
