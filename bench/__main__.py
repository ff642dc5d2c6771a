"""Run the benchmark: the same steps on the same data with git-data, DVC (when installed) and `cp -r`, in one run."""

import argparse
import json
import multiprocessing
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from bench import data, tools
from bench.measure import Measured, measure
from bench.tools import Project

WORKLOADS = ("small", "table")
STEPS = ("commit", "status", "push", "second commit", "second push", "checkout", "clone")


def workload(kind: str, scale: float) -> tuple:
    """How to make the first version of `data/`, and how to make the second."""
    if kind == "small":
        count = int(50_000 * scale)
        return (lambda target: data.small_files(target, count)), (lambda target: data.change_small_files(target, count))
    size = int((1 << 30) * scale)
    return (lambda target: data.table(target / "table.csv", size)), (
        lambda target: data.edit_table(target / "table.csv")
    )


def run(commands: dict, project: Project, source: Path, change) -> dict[str, Measured]:
    tools.start(project)
    project.prepare(*commands["set-up"])
    shutil.rmtree(project.repository / "data", ignore_errors=True)
    shutil.copytree(source, project.repository / "data")
    project.step("commit", commands["commit"])
    project.step("status", commands["status"])
    project.step("push", commands["push"])
    apart(change, project.repository / "data")
    project.step("second commit", commands["commit"])
    project.step("second push", commands["push"])
    project.step("checkout", commands["checkout"])
    project.prepare("git checkout -q main")
    project.step("clone", commands["clone"])
    return project.steps


def apart(make, target: Path) -> None:
    """Make data in a process of its own: a child's peak memory includes what its parent had when it was started."""
    process = multiprocessing.get_context("fork").Process(target=make, args=(target,))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"the data in {target} could not be made")


def starting(programs: Path, home: Path) -> dict[str, float]:
    """What Git waits for when there is nothing to do: medians of 15 runs, in milliseconds."""
    environment = tools.environment(home, programs)
    with tempfile.TemporaryDirectory() as scratch:
        project = Project(Path(scratch) / "p", environment)
        tools.start(project)
        project.prepare(
            *tools.GIT_DATA["set-up"], "echo x > data/x", "git commit -qam x", "git branch other", "sleep 0.1"
        )
        plain = Project(Path(scratch) / "plain", environment)
        tools.start(plain)
        plain.prepare("echo x > x", "git add x", "git commit -qm x", "git branch other")
        commands = {
            "git checkout, plain Git": (plain, "git checkout -q other && git checkout -q main"),
            "git checkout, git-data, no pointer changes": (project, "git checkout -q other && git checkout -q main"),
            "git status, plain Git": (plain, "git status"),
            "git status, git-data, nothing changed": (project, "git status"),
            "filter, nothing to do": (project, "git-data filter-process </dev/null"),
            "hook pre-commit, nothing changed": (project, "git-data hook pre-commit"),
            "fsmonitor, nothing changed": (project, "git-data fsmonitor"),
        }
        found = {}
        for name, (where, command) in commands.items():
            halves = 2 if "checkout" in name else 1
            times = [measure(command, where.repository, environment, settle=False).wall_s for _ in range(15)]
            found[name] = 1000 * statistics.median(times) / halves
        return found


def report(results: dict) -> str:
    lines = []
    for kind, found in results["workloads"].items():
        lines += [
            f"## {kind}",
            "",
            "| step | git-data s | peak MiB | DVC s | DVC / git-data | cp -r s |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for step in STEPS:
            ours, theirs = found["git-data"][step], found.get("dvc", {}).get(step)
            copy = found["cp -r"]["wall_s"] if step in ("commit", "clone", "push") else None
            cells = [step, f"{ours['wall_s']:.2f}", f"{ours['peak_bytes'] / 2**20:.0f}"]
            cells += [f"{theirs['wall_s']:.2f}", f"{theirs['wall_s'] / ours['wall_s']:.1f}x"] if theirs else ["-", "-"]
            cells.append(f"{copy:.2f}" if copy is not None else "")
            lines.append("| " + " | ".join(cells) + " |")
        lines += ["", f"Files on the remote after both pushes: git-data {found['files']['git-data']}"
                  + (f", DVC {found['files']['dvc']}" if "dvc" in found["files"] else "") + ".", ""]  # fmt: skip
    lines += ["## Starting", "", "| what | ms |", "|---|--:|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in results["starting"].items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size (50,000 files; 1 GiB)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--dvc", type=Path, help="the folder in which the program dvc lies")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--only", choices=("small", "table", "starting"), help="one part")
    options = parser.parse_args()
    scale = 0.1 if options.quick else options.scale
    programs = Path(sys.executable).parent
    results: dict = {"scale": scale, "workloads": {}}
    with tempfile.TemporaryDirectory(prefix="git-data-bench-") as scratch:
        top = Path(scratch)
        for kind in WORKLOADS if options.only is None else {options.only} & set(WORKLOADS):
            make, change = workload(kind, scale)
            source = top / f"{kind}-source"
            apart(make, source)
            environment = tools.environment(top / "home", programs)
            found: dict = {"cp -r": tools.copied(source, top / "copy", environment).plain(), "files": {}}
            contenders = {"git-data": (tools.GIT_DATA, programs)}
            if options.dvc:
                contenders["dvc"] = (tools.DVC, options.dvc)
            for name, (commands, folder) in contenders.items():
                project = Project(top / f"{kind}-{name}", tools.environment(top / f"home-{name}", folder))
                steps = run(commands, project, source, change)
                found[name] = {step: measured.plain() for step, measured in steps.items()}
                found["files"][name] = sum(1 for file in (project.directory / "bucket").rglob("*") if file.is_file())
                shutil.rmtree(project.directory)
            results["workloads"][kind] = found
            shutil.rmtree(source)
        results["starting"] = starting(programs, top / "home-start")
    print(report(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
