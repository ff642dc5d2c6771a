"""What Git waits for: the start of every door with nothing to do, and `git status` beside many data files."""

import shutil
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import data
from bench.measure import measure, prepare, remove
from bench.workloads import apart

_PLAIN = "git --git-dir=../plain.git --work-tree=."

Row = dict[str, object]


def starting(scratch: Path, environment: dict[str, str], runs: int) -> list[Row]:
    """Medians of `runs` in milliseconds with nothing to do, in a project with a little data."""
    project = _project(scratch / "little", environment, 2)
    commands = {
        "python, doing nothing": "python3 -c pass",
        "git checkout, plain Git": f"{_PLAIN} checkout -q other && {_PLAIN} checkout -q main",
        "git checkout, no pointer changes": "git checkout -q other && git checkout -q main",
        "git status, plain Git": f"{_PLAIN} status --porcelain",
        "git status, nothing changed": "git status --porcelain",
        "git commit of code, plain Git": f"date +%N >code && {_PLAIN} commit -qam code",
        "git commit of code, data unchanged": "date +%N >code && git commit -qam code",
        "filter, nothing to do": "git-data filter-process </dev/null",
        "script post-checkout, no pointer moved": ".git/hooks/post-checkout HEAD HEAD 1",
        "script fsmonitor, nothing touched": ".git/gitdata/hooks/fsmonitor 2 token >/dev/null",
        "hook pre-commit, nothing changed": "git-data hook pre-commit",
        "hook post-checkout, nothing to do": "git-data hook post-checkout HEAD HEAD 1",
        "hook pre-push, nothing to do": "git-data hook pre-push origin x </dev/null",
        "fsmonitor, nothing changed": "git-data fsmonitor",
        "git data version": "git-data version",
    }
    others = {"dvc": "dvc --version", "git-lfs": "git lfs version", "restic": "restic version"}
    commands |= {
        f"{name}, its version": command
        for name, command in others.items()
        if shutil.which(name, path=environment["PATH"])
    }
    rows = []
    for name, command in commands.items():
        halves = 2 if "checkout," in name and "hook" not in name else 1  # there and back
        rows.append(_row(name, partial(_timed, command, project, environment, halves), runs))
    return rows


def many(scratch: Path, environment: dict[str, str], counts: tuple[int, ...], runs: int) -> list[Row]:
    """`git status` with so many tracked data files, beside plain Git that ignores them."""
    rows = []
    for count in counts:
        project = _project(scratch / f"many{count}", environment, count)
        changes = iter(range(1000))

        def touch(project: Path = project, changes: object = changes) -> None:
            number = next(changes)  # type: ignore[call-overload]
            (project / "data" / "folder000" / "file000000.csv").write_text(f"{number}\n" * 9)

        name = f"git status, {count:,} data files"
        plain = partial(_timed, f"{_PLAIN} status --porcelain", project, environment)
        status = partial(_timed, "git status --porcelain", project, environment)
        rows += [
            _row(f"{name}, plain Git", plain, runs),
            _row(f"{name}, nothing changed", status, runs),
            _row(f"{name}, one just changed", status, runs, before=touch),
        ]
        remove(project.parent)
    return rows


def _timed(command: str, project: Path, environment: dict[str, str], parts: int = 1) -> tuple[float, float]:
    """Wall and processor time of a command that does the same thing `parts` times, in milliseconds."""
    found = measure(command, project, environment, settle=False)
    return 1000 * found.wall_s / parts, 1000 * found.cpu_s / parts


def _row(
    name: str, timed: Callable[[], tuple[float, float]], runs: int, before: Callable[[], None] = lambda: None
) -> Row:
    timed()  # the first may find files that are too young to be trusted
    times = []
    for _run in range(runs):
        before()
        times.append(timed())
    wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
    return {"name": name, "ms": wall, "cpu_ms": cpu, "runs": times}


def _project(top: Path, environment: dict[str, str], count: int) -> Path:
    """A repository with `count` data files and the same work tree as a plain repository that ignores them."""
    project = top / "project"
    top.mkdir(parents=True)
    prepare("git init -q project && git init -q --bare plain.git", top, environment)
    apart(partial(data.tiny_files, count=count), project / "data")
    (project / "code").write_text("code\n")
    for command in (
        "git data init",
        "git data track data",
        "git add code",
        "git commit -qm start",
        "git branch other",
        "echo /data >>../plain.git/info/exclude",
        "git -C ../plain.git config core.bare false",
        f"{_PLAIN} add -A",
        f"{_PLAIN} commit -qm start",
        f"{_PLAIN} branch other",
        "sleep 0.1",
    ):
        prepare(command, project, environment)
    return project
