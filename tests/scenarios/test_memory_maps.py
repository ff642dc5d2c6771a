"""Another process writes through a memory map that it keeps open: every such write is seen, none is overwritten."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from shell import Shell, project

from gitdata import memory_maps
from gitdata.memory_maps import flush_mapped

pytestmark = pytest.mark.any_git

_WRITER = """
import mmap, sys
with open(sys.argv[1], "r+b") as file:
    view = mmap.mmap(file.fileno(), 0)
for line in sys.stdin:
    view[: len(line) - 1] = line[:-1].encode()
    print("written", flush=True)
"""


@dataclass
class Writer:
    """A process that has a file mapped; the file itself is closed."""

    process: "subprocess.Popen[str]"

    def write(self, text: str) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "written\n"


@pytest.fixture
def mapped() -> Iterator[Callable[[str], Writer]]:
    processes = []

    def start(path: str) -> Writer:
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        return Writer(process)

    yield start
    for process in processes:
        process.communicate()


@pytest.mark.skipif(memory_maps._LEASE is None, reason="this system has no leases")
@pytest.mark.parametrize("size", [8192, 3_000_000])  # read whole, and cut while it is read
def test_each_write_is_seen(shell: Shell, mapped: Callable[[str], Writer], size: int) -> None:
    repo = project(shell)
    repo.write("data/m", b"0" * size)
    repo.write("data/other", "other\n")
    repo.git("data track data")
    repo.git("commit -qm zero")
    time.sleep(0.3)
    writer = mapped(str(repo.cwd / "data/m"))
    for text in ("first", "other", "third"):
        writer.write(text)
        time.sleep(0.3)  # or the file is too young for its times to be believed
        assert "data.gitdata" in repo.git("status --porcelain")
        repo.git(f"commit -qam {text}")
        assert repo.clean
        time.sleep(0.3)
    writer.write("last!")
    # It was never looked at since: the checkout itself has to notice.
    refused = repo.run("git checkout -q HEAD~2", code=None)
    assert refused.code != 0 and repo.read("data/m")[:5] == b"last!"
    repo.git("commit -qam last")
    writer.process.communicate()
    repo.git("checkout -q HEAD~3")
    assert repo.read("data/m")[:5] == b"first"
    repo.git("checkout -q main")
    assert repo.read("data/m")[:5] == b"last!" and repo.clean


def test_a_file_that_nobody_writes_to_is_not_flushed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fdatasync", flushed.append)
    shell.write("f", "content")
    with open(shell.cwd / "f", "rb") as reading:
        flush_mapped(reading.fileno(), time.time_ns())
        assert flushed == []
        with open(shell.cwd / "f", "ab"):
            flush_mapped(reading.fileno(), 0)
        assert flushed == ([reading.fileno()] if memory_maps._LEASE is not None else [])
        flushed.clear()
        if memory_maps._LEASE is not None:
            # Where leases cannot be had only what was touched lately is flushed.
            monkeypatch.setattr(memory_maps, "_LEASE", -1)
            flush_mapped(reading.fileno(), 0)
            assert flushed == []
            flush_mapped(reading.fileno(), time.time_ns())
            assert flushed == [reading.fileno()]
