"""Wall time, processor time and peak memory of a command and everything it starts."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_MANY = 10_000  # files


class Failed(Exception):
    """A command of the benchmark did not do what it should: its figures would be worthless."""


@dataclass(frozen=True)
class Measured:
    """What one command took, and what it moved over the network where that was counted."""

    wall_s: float
    cpu_s: float  # user and system, of the whole tree of processes
    peak_bytes: int  # of the largest single process
    requests: int | None = None
    up_bytes: int | None = None
    down_bytes: int | None = None


def measure(command: str, cwd: Path, environment: dict[str, str], *, settle: bool = True) -> Measured:
    """Run `command` in a shell and account for it and its children; raises `Failed` when it fails.

    With `settle` what earlier steps wrote is flushed to the disk first, so that nobody pays for it.

    The accounting is the system's own for the children that were waited for (wait4), so a helper
    that Git starts and waits for counts. The system begins a child's peak memory with that of the
    process that starts it, so this program stays small: below its own 20 MiB nothing can be told.
    """
    if settle:
        os.sync()
    began = time.monotonic()
    process = subprocess.Popen(
        ["sh", "-c", command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    output = _last(process)
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{command}: exit {process.returncode}: {output.decode(errors='replace')}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _last(process: subprocess.Popen[bytes]) -> bytes:
    """The end of what a process prints, when it has closed its output."""
    kept = b""
    with process.stdout as stream:  # type: ignore[union-attr]
        while part := stream.read1(1 << 16):  # type: ignore[attr-defined]
            kept = (kept + part)[-1500:]
    return kept


def prepare(command: str, cwd: Path, environment: dict[str, str]) -> None:
    """Run a command that nobody is interested in; raises `Failed` when it fails."""
    measure(command, cwd, environment, settle=False)


def same(one: Path, other: Path, roots: tuple[str, ...]) -> None:
    """Raise `Failed` unless `diff -r` finds the roots equal."""
    for root in roots:
        done = subprocess.run(
            ["diff", "-r", "--no-dereference", "-q", str(one / root), str(other / root)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(f"{other / root} is not what it should be: {(done.stdout + done.stderr)[:1000]}")


def remove(directory: Path) -> None:
    """Free what a directory takes; where it has many files it only makes way, empty, until the end of the benchmark.

    ext4 gives the inode of a removed file to no other for minutes (`recently_deleted` in
    fs/ext4/ialloc.c), and looks at each of them again for every file that is made meanwhile: 50,000
    files then take up to ten times as long, and the next step would pay for it.
    """
    _bytes, count = size(directory)
    if count <= _MANY:
        shutil.rmtree(directory)
        return
    for folder, _folders, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o600)
                os.truncate(path, 0)
    directory.rename(directory.with_name(f"{directory.name}-{os.urandom(4).hex()}"))


def size(directory: Path) -> tuple[int, int]:
    """(bytes, files) below a directory; nothing when it is not there."""
    total = count = 0
    for folder, _folders, names in os.walk(directory):
        for name in names:
            total += os.lstat(os.path.join(folder, name)).st_size
            count += 1
    return total, count
