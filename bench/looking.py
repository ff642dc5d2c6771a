"""`git status` after data was edited: how long it takes, and what it leaves in the repository."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import data
from bench.measure import Failed, measure, prepare, size
from bench.workloads import Make, apart

PLAIN = "git"
_PAUSE = 0.1  # seconds: a person needs longer, and files that are younger are looked at twice
_MANY_FOR_DVC = 60_000  # files; to add more takes minutes

Row = dict[str, object]
Edit = Callable[[Path, int], None]  # of a data directory, differently for each number


@dataclass(frozen=True)
class _Tool:
    """Lines for a shell in the repository, and what it says of edits."""

    start: tuple[str, ...]
    keep: str  # records what was edited
    look: str
    finds: bytes  # is in what it prints exactly when something was edited
    folders: tuple[str, ...]  # everything that belongs to the repository
    store: str  # the folder that holds content


@dataclass(frozen=True)
class _Case:
    """Data in one directory, and edits of it by what they are called."""

    make: Make
    edits: dict[str, Edit]
    times: int = 1  # edits in a row, each with a look
    undo: Edit | None = None  # otherwise edits are recorded
    files: int = 0


# What only prepares may be as fast as it can: Git would compress for minutes, and pack and remove a million files.
_FAST = "git -c core.compression=0 -c gc.auto=0"
_TOOLS = {
    "git-data": _Tool(
        ("git data init", "git data track data", "git commit -qm start"),
        "git commit -qam kept",
        "git status --porcelain",
        b"\n",
        (".git",),
        ".git/gitdata/packs",
    ),
    PLAIN: _Tool(
        (f"{_FAST} add data", f"{_FAST} commit -qm start"),
        f"{_FAST} commit -qam kept",
        "git status --porcelain",
        b"\n",
        (".git",),
        ".git/objects",
    ),
    "dvc": _Tool(
        ("dvc init -q", "dvc config core.check_update false", "dvc add -q data", "git add -A", "git commit -qm start"),
        "dvc add -q data && git commit -qam kept",
        "dvc status",
        b"changed",
        (".git", ".dvc"),
        ".dvc/cache",
    ),
}


def looking(
    scratch: Path, environment: dict[str, str], scale: float, tools: list[str], runs: int = 3
) -> Iterator[list[Row]]:
    """The rows of one case after the other: medians of `runs` in milliseconds, and the bytes that looks left behind.

    Plain Git tracks the same files in a repository of its own. Nothing is removed: ext4 would look at each
    inode that was freed again for every file that a later look makes (bench/measure.py).
    """
    chosen = [tool for tool in ("git-data", PLAIN, "dvc") if tool in (PLAIN, *tools)]
    for number, case in enumerate(_cases(scratch, scale)):
        top = scratch / f"looking{number}"
        able = [tool for tool in chosen if tool != "dvc" or case.files <= _MANY_FOR_DVC]
        yield _rows(case, top, environment, able, runs)


def _cases(scratch: Path, scale: float) -> Iterator[_Case]:
    few, some, many = (max(100, int(count * scale)) for count in (1_000, 50_000, 1_000_000))
    new, weights = (max(4_000, int(count * scale)) for count in (100_000_000, 200_000_000))
    beside = scratch / "new"
    apart(partial(_new_files, size=new), beside)
    yield _Case(
        partial(data.small_files, count=few),
        {f"20 new files of {_mb(new)}": partial(_move, beside)},
        undo=lambda there, number: _move(there, beside, number),
        files=few,
    )
    yield _Case(
        lambda there: data.checkpoint(there / "model.bin", weights),
        {f"a checkpoint of {_mb(weights)} rewritten": lambda at, n: data.checkpoint(at / "model.bin", weights, n)},
        times=5,
        files=1,
    )
    edited = f"{len(range(0, some, 5)):,} of {some:,} files edited"
    yield _Case(
        partial(data.small_files, count=some),
        {
            edited: lambda there, number: data.rewrite_small_files(there, some, number),
            f"{edited}, of the same size": lambda there, n: data.rewrite_small_files(there, some, n, longer=0),
        },
        files=some,
    )
    yield _Case(
        partial(data.tiny_files, count=many),
        {f"one of {many:,} files edited": data.edit_tiny_file},
        files=many,
    )


def _rows(case: _Case, top: Path, environment: dict[str, str], tools: list[str], runs: int) -> list[Row]:
    places = {tool: _repository(top / tool, environment, _TOOLS[tool], case.make) for tool in tools}
    looks: dict[tuple[str, str], list[tuple[float, float]]] = {}
    left: dict[tuple[str, str], list[tuple[int, int]]] = {}
    numbers = iter(range(100, 1000))
    for name, edit in case.edits.items():
        for _run in range(runs):
            seeds = [next(numbers) for _time in range(case.times)]
            for tool, place in places.items():
                place.warm()
                before = place.sizes()
                for nth, seed in enumerate(seeds, 1):
                    edit(place.data, seed)
                    time.sleep(_PAUSE)
                    which = f"{name}, time {nth}" if case.times > 1 else name
                    looks.setdefault((which, tool), []).append(place.look(edited=True, settle=True))
                    looks.setdefault((f"{name}, again", tool), []).append(place.look(edited=True))
                after = place.sizes()
                left.setdefault((name, tool), []).append((after[0] - before[0], after[1] - before[1]))
                if case.undo:
                    case.undo(place.data, seeds[-1])
                else:
                    prepare(place.tool.keep, place.top, environment)
    return [*_times(looks), *_left(left)]


def _times(looks: dict[tuple[str, str], list[tuple[float, float]]]) -> Iterator[Row]:
    names = dict.fromkeys(name for name, _tool in looks)
    last = [name for name in names if name.endswith(", again")]
    order = [name for name in names if name not in last] + last
    for (name, tool), runs in sorted(looks.items(), key=lambda item: order.index(item[0][0])):
        wall, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
        yield {"name": name, "tool": tool, "ms": wall, "cpu_ms": cpu, "runs": runs}


def _left(left: dict[tuple[str, str], list[tuple[int, int]]]) -> Iterator[Row]:
    for (name, tool), runs in left.items():
        whole, content = (max(column) for column in zip(*runs, strict=True))
        yield {"name": name, "tool": tool, "left_bytes": whole, "stored_bytes": content, "runs": runs}


@dataclass(frozen=True)
class _Place:
    """One tool's repository with its own copy of the data."""

    top: Path
    tool: _Tool
    environment: dict[str, str]

    @property
    def data(self) -> Path:
        return self.top / "data"

    def look(self, *, edited: bool, settle: bool = False) -> tuple[float, float]:
        """Wall and processor time of one look in milliseconds; raises `Failed` when it does not find what is so."""
        found = measure(f"{self.tool.look} >../found", self.top, self.environment, settle=settle)
        if (self.tool.finds in (self.top.parent / "found").read_bytes()) != edited:
            raise Failed(f"{self.tool.look} in {self.top} finds {'nothing' if edited else 'an edit'}")
        return 1000 * found.wall_s, 1000 * found.cpu_s

    def warm(self) -> None:
        """Let pass what only the first looks after many writes do: Git's index is refreshed, files grow old enough."""
        for _look in range(2):
            time.sleep(_PAUSE)
            self.look(edited=False)

    def sizes(self) -> tuple[int, int]:
        """Bytes of everything that belongs to the repository, and of the content that it holds."""
        whole = sum(size(self.top / folder)[0] for folder in self.tool.folders)
        return whole, size(self.top / self.tool.store)[0]


def _repository(top: Path, environment: dict[str, str], tool: _Tool, make: Make) -> _Place:
    top.mkdir(parents=True)
    place = _Place(top / "project", tool, environment)
    prepare("git init -q project", top, environment)
    place.data.mkdir()
    apart(make, place.data)
    for command in tool.start:
        prepare(command, place.top, environment)
    return place


def _new_files(directory: Path, size: int) -> None:
    for number in range(20):
        data.checkpoint(directory / f"part{number:02}.bin", size, number)


def _move(source: Path, target: Path, number: int) -> None:
    """Move the new files, by names that were never there and with the times of files that were just written."""
    for file in sorted(source.glob("*part*.bin")):
        moved = target / f"{number}-{file.name.rpartition('-')[2]}"
        file.rename(moved)
        os.utime(moved)


def _mb(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
