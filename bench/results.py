"""Figures of all runs, gathered and kept as JSON."""

import json
import os
import statistics
from pathlib import Path

from bench.run import CP, Outcome
from bench.workloads import STEPS

Key = tuple[str, str, float]  # workload, remote, scale


class Results:
    """What was measured so far; `plain` is what goes into the JSON file."""

    def __init__(self, machine: dict, runs: int) -> None:
        self._steps: dict[tuple[Key, str, str], list[dict]] = {}
        self._stored: dict[tuple[Key, str, str], list[dict]] = {}
        self.machine = machine
        self.runs = runs
        self.starting: list[dict] = []
        self.looking: list[dict] = []

    def add(self, key: Key, tool: str, outcome: Outcome, steps: tuple[str, ...]) -> None:
        """Take over the chosen steps of a run."""
        found = outcome.plain()
        for step, figures in found["steps"].items():
            if step in steps:
                self._steps.setdefault((key, tool, step), []).append(figures)
        for step, figures in found["copies"].items():
            if step in steps:
                self._steps.setdefault((key, CP, step), []).append(figures)
        for step, figures in found["stored"].items():
            if step in steps:
                self._stored.setdefault((key, tool, step), []).append(figures)

    def plain(self) -> dict:
        return {
            "machine": self.machine,
            "runs": self.runs,
            "rows": _rows(self._steps),
            "stored": _rows(self._stored),
            "starting": self.starting,
            "looking": self.looking,
        }

    def write(self, file: Path) -> None:
        """Write the file anew, so that a run that is stopped leaves what it has measured."""
        beside = file.with_name(file.name + ".part")
        beside.write_text(json.dumps(self.plain(), indent=1) + "\n")
        os.replace(beside, file)


def joined(parts: list[dict]) -> dict:
    """The figures of several files as one; the machine is that of the first."""
    whole = {**parts[0], "runs": min(part["runs"] for part in parts)}
    for name in ("rows", "stored", "starting", "looking"):
        whole[name] = [row for part in parts for row in part.get(name, [])]  # a file may be older than a part
    return whole


def _rows(gathered: dict[tuple[Key, str, str], list[dict]]) -> list[dict]:
    def order(item: tuple[tuple[Key, str, str], list[dict]]) -> tuple:
        (key, _tool, step), _runs = item
        return keys.index(key), STEPS.index(step)

    keys = list(dict.fromkeys(key for key, _tool, _step in gathered))
    rows = []
    for ((name, remote, scale), tool, step), runs in sorted(gathered.items(), key=order):
        rows.append(
            {
                "workload": name,
                "remote": remote,
                "scale": scale,
                "tool": tool,
                "step": step,
                "median": _median(runs),
                "runs": runs,
            }
        )
    return rows


def _median(runs: list[dict]) -> dict[str, float]:
    names = [name for name, value in runs[0].items() if value is not None]
    return {name: statistics.median(run[name] for run in runs) for name in names}
