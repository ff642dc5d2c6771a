"""Steps: what git-data does to files, counted, stopped at one of them, made to fail, or written down.

A library does it (steps.c), which is loaded into every program that a shell runs, and is at work in git-data's own
processes only. So it is the real program that is killed, whichever module makes the step.
"""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from shell import Shell

GCC = shutil.which("gcc") or shutil.which("cc")


@dataclass(frozen=True)
class Step:
    """Something that was done to a file."""

    what: str
    path: str
    other: str  # the name before; the target of a link
    number: int  # where in the file; how long it is then
    data: bytes


@dataclass(frozen=True)
class Steps:
    """How many steps were made below a folder, by a shell that counts them."""

    library: Path
    below: Path
    counter: Path

    @staticmethod
    def prepare(folder: Path, below: Path) -> "Steps":
        """Build the library in `folder`."""
        if GCC is None or sys.platform != "linux":
            pytest.skip("needs a C compiler, on Linux")
        library = folder / "steps.so"
        source = Path(__file__).parent / "steps.c"
        command = [GCC, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl", "-lpthread"]
        subprocess.run(command, check=True)
        return Steps(library, below, folder / "steps-count")

    def shell(self, there: Shell, *, at: int = 0, group: bool = False, **settings: str) -> Shell:
        """A shell whose git-data is killed at step `at` (0: at none); with `group` Git is killed with it."""
        self.counter.write_bytes(bytes(8))
        chosen = {"LD_PRELOAD": str(self.library), "STEPS_BELOW": str(self.below), "STEPS_COUNT": str(self.counter)}
        chosen |= {"STEPS_AT": str(at)} if at else {}
        chosen |= {"STEPS_GROUP": "1"} if group else {}
        chosen |= {f"STEPS_{name.upper()}": value for name, value in settings.items()}
        return Shell(there.cwd, {**there.environment, **chosen})

    @property
    def count(self) -> int:
        """How many there were since the last shell was made."""
        return int(struct.unpack("<q", self.counter.read_bytes())[0])


def steps(log: Path) -> Iterator[Step]:
    """What was written down in `log`."""
    data, place = log.read_bytes(), 0
    while place < len(data):
        (size,) = struct.unpack_from("<I", data, place)
        head, path, other, number, rest = data[place + 4 : place + 4 + size].split(b"\0", 4)
        yield Step(head.split()[1].decode(), os.fsdecode(path), os.fsdecode(other), int(number), rest)
        place += 4 + size
