"""Wall time, processor time and peak memory of a command and everything it starts."""

import os
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """What one command took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int  # of the largest single process

    def plain(self) -> dict[str, float]:
        return asdict(self)


def measure(command: str, cwd: Path, environment: dict[str, str], *, settle: bool = True) -> Measured:
    """Run `command` in a shell and account for it and its children; raises when it fails.

    With `settle` what earlier steps wrote is flushed to the disk first, so that nobody pays for it.

    The accounting is the system's own for the children that were waited for (wait4), so a helper
    that Git starts and waits for counts.
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
    output = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command}: exit {process.returncode}: {output.decode(errors='replace')[-1500:]}")
    return Measured(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
