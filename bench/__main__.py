"""Run the benchmark: the same steps on the same data with git-data, other tools and `cp -r`, in one run."""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from itertools import groupby, product
from pathlib import Path

from bench import programs, report
from bench.looking import looking
from bench.measure import Failed, remove
from bench.results import Results, joined
from bench.run import Versions, run
from bench.s3 import KINDS
from bench.starting import many, starting
from bench.tools import TOOLS
from bench.workloads import NAMES, STEPS, Workload, workload

STARTING, LOOKING = "starting", "looking"
_PARTS = (*NAMES, STARTING, LOOKING)
_QUICK_W5 = 0.05  # of W5: DVC needs half a minute for a tenth
_QUICK_DELAYED = 0.005  # the share of W2 that `--quick` sends through the delay: the others need minutes for more


def _names(known: tuple[str, ...]):
    def parse(text: str) -> tuple[str, ...]:
        chosen = tuple(name.strip() for name in text.split(",") if name.strip())
        if unknown := [name for name in chosen if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(known)}")
        return chosen

    return parse


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the size, less through the delay: some minutes"
    )
    parser.add_argument("--workloads", type=_names(_PARTS), help=f"of {', '.join(_PARTS)}")
    parser.add_argument("--tools", type=_names(tuple(TOOLS)), help=f"of {', '.join(TOOLS)}; else those that are there")
    parser.add_argument("--remotes", type=_names(tuple(KINDS)), help=f"of {', '.join(KINDS)}; else direct,delayed")
    parser.add_argument("--steps", type=_names(STEPS), default=STEPS, help=f"of {', '.join(STEPS)}")
    parser.add_argument("--scale", type=float, help="share of the full size (1 GiB; 50,000 files)")
    parser.add_argument("--runs", type=int, default=1, help="medians over so many runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE, after every run")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to FILE")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where to work; on the disk that is measured")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="FILE", nargs="+", help="show what --json wrote")
    return parser.parse_args(arguments)


def _share(options: argparse.Namespace) -> float:
    return options.scale or (0.1 if options.quick else 1.0)


def _plan(options: argparse.Namespace) -> list[tuple[str, str, float]]:
    """(workload, kind of remote, scale) in the order in which they run."""
    names = [name for name in options.workloads or NAMES if name in NAMES]
    scale = _share(options)
    remotes = options.remotes or (("counted",) if options.quick else ("direct", "delayed"))
    shares = {"W5": min(_QUICK_W5, scale)} if options.quick else {}
    plan = [
        (name, kind, shares.get(name, scale)) for name in names for kind in (remotes[:1] if name == "W5" else remotes)
    ]
    if options.quick and options.remotes is None and "W2" in names:
        plan.append(("W2", "delayed", min(_QUICK_DELAYED, scale)))
    return plan


def _tools(options: argparse.Namespace) -> list[str]:
    if options.tools is not None:
        return list(options.tools)
    # The quick run is the comparison that matters most; the others would not fit into its two minutes.
    others = [] if options.quick else [name for name in ("git-lfs", "restic") if programs.installed(name)]
    return ["git-data", "dvc", *others]


def _cut(work: Workload, steps: tuple[str, ...]) -> Workload:
    """Without the steps after the last one that is wanted; those before it have to be gone through."""
    last = max((number for number, step in enumerate(work.steps) if step in steps), default=-1)
    return replace(work, steps=work.steps[: last + 1])


def _measure(options: argparse.Namespace, scratch: Path) -> Results:
    tools = _tools(options)
    dvc = programs.dvc(install=True) if "dvc" in tools else None
    results = Results(programs.machine(tools, programs.environment(scratch / "home", dvc)), options.runs)
    for (name, scale), group in groupby(_plan(options), key=lambda item: (item[0], item[2])):
        work = _cut(workload(name, scale), options.steps)
        if not work.steps:
            continue
        data = scratch / "data"
        data.mkdir()
        versions = Versions.make(work, data)
        for (_name, kind, _scale), number, tool in product(group, range(options.runs), tools):
            if tool == "git-lfs" and kind == "delayed":
                continue  # it has no remote that could be delayed
            began = time.monotonic()
            place = scratch / "run"
            place.mkdir()
            outcome = run(tool, work, versions, (kind, place), programs.environment(place / "home", dvc))
            remove(place)
            results.add((name, kind, scale), tool, outcome, options.steps)
            _keep(options, results)
            _tell(f"{name} {kind} {tool}, run {number + 1}: {time.monotonic() - began:.0f} s")
        remove(data)
    if options.workloads is None or STARTING in options.workloads:
        environment = programs.environment(scratch / "home", dvc)
        runs = 3 if options.quick else 15
        results.starting = starting(scratch, environment, runs)
        _keep(options, results)
        full = 100_000 * _share(options)
        results.starting += many(scratch, environment, (max(100, int(full / 10)), max(1000, int(full))), runs)
        _keep(options, results)
    if options.workloads is None or LOOKING in options.workloads:
        began = time.monotonic()
        environment = programs.environment(scratch / "home", dvc)
        for number, rows in enumerate(looking(scratch, environment, _share(options), tools), 1):
            results.looking += rows
            _keep(options, results)
            _tell(f"looking, case {number}: {time.monotonic() - began:.0f} s")
            began = time.monotonic()
    return results


def _keep(options: argparse.Namespace, results: Results) -> None:
    if options.json:
        results.write(options.json)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        if options.earlier:
            results = joined([json.loads(file.read_text()) for file in options.earlier])
        else:
            with tempfile.TemporaryDirectory(prefix="git-data-bench-", dir=options.scratch) as scratch:
                results = _measure(options, Path(scratch)).plain()
        found = report.tables(results)
        print("\n".join([report.machine(results), "", *(table.text() for table in found)]))
        if options.markdown:
            tables = (table.markdown() for table in found)
            options.markdown.write_text("\n".join([report.machine(results), "", *tables]))
    except (Failed, OSError, ValueError) as error:
        _tell(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        _tell("bench: interrupted" + (f"; what was measured is in {options.json}" if options.json else ""))
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
