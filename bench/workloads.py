"""The workloads: what data, which second version, and which steps are measured on it."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import data
from bench.measure import Failed

STEPS = (
    "commit",
    "status",
    "push",
    "second commit",
    "second push",
    "checkout",
    "scattered commit",
    "scattered push",
    "clone",
)
_LOCAL = ("commit", "status", "second commit")
_USUAL = ("commit", "status", "push", "second commit", "second push", "checkout", "clone")

Make = Callable[[Path], None]


@dataclass(frozen=True)
class Workload:
    """Data below one directory, in `roots`, and what becomes of it."""

    name: str
    title: str
    roots: tuple[str, ...]  # the directories that are tracked
    make: Make
    change: Make
    scatter: Make | None = None  # the other second version
    steps: tuple[str, ...] = _USUAL


def workload(name: str, scale: float) -> Workload:
    """A workload at `scale` (1: the full size). W4 is small and always whole."""
    files = max(100, int(50_000 * scale))
    tiny = max(100, int(200_000 * scale))
    large = int((1 << 30) * scale)
    weights, region = int((512 << 20) * scale), max(4096, int((20 << 20) * scale))
    csv, model = "data/table.csv", "data/model.bin"
    return {
        "W1": Workload(
            "W1",
            f"one CSV of {_mib(large)}; then 100 rows changed in the middle, 1,000 appended, 50 inserted",
            ("data",),
            _below(csv, partial(data.table, size=large)),
            _below(csv, data.edit_table),
            _below(csv, data.scatter_edits),
            STEPS,
        ),
        "W2": Workload(
            "W2",
            f"{files:,} incompressible files of about 8 KiB; then 1 % changed, 1 % added, 0.4 % deleted",
            ("data",),
            _below("data", partial(data.small_files, count=files)),
            _below("data", partial(data.change_small_files, count=files)),
        ),
        "W3": Workload(
            "W3",
            f"a float32 checkpoint of {_mib(weights)}; then one region of {_mib(region)} changed",
            ("data",),
            _below(model, partial(data.checkpoint, size=weights)),
            _below(model, partial(data.train, size=region)),
        ),
        "W4": Workload(
            "W4",
            "the workshop's size: a CSV of 170 kB, a JSON, a model of 1 MB; then all three changed",
            ("data", "config", "models"),
            data.workshop,
            data.change_workshop,
        ),
        "W5": Workload(
            "W5",
            f"{tiny:,} tiny files; then 1 % changed; status and commit only",
            ("data",),
            _below("data", partial(data.tiny_files, count=tiny)),
            _below("data", partial(data.change_tiny_files, count=tiny)),
            None,
            _LOCAL,
        ),
    }[name]


NAMES = ("W1", "W2", "W3", "W4", "W5")


def apart(make: Make, target: Path) -> None:
    """Make data in a process of its own: a child's peak memory includes what its parent had when it was started."""
    process = multiprocessing.get_context("fork").Process(target=make, args=(target,))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise Failed(f"the data in {target} could not be made")


def _below(path: str, make: Make) -> Make:
    def at(top: Path) -> None:
        make(top / path)

    return at


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB" if size >= 1 << 20 else f"{size / (1 << 10):,.0f} KiB"
