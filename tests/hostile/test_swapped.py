"""A directory that somebody swaps for a link at the worst moment leads nobody out of the data."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from datatree import Tree

from gitdata.errors import GitDataError

pytestmark = pytest.mark.any_git

_CALLS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.symlink", "os.listdir", "os.scandir")
_NAMES = ("changed", "gone", "same", "deep/changed", "deep/gone")
_armed: list[Callable[[], None]] = []


def _audit(event: str, _arguments: object) -> None:
    if _armed and event in _CALLS:
        _armed[0]()


sys.addaudithook(_audit)  # nothing takes one away again


@contextlib.contextmanager
def before_call(number: int, do: Callable[[], None]) -> Iterator[list[int]]:
    """Does it before the `number`th call to the system that names a file; how many there were."""
    count = [0]

    def called() -> None:
        count[0] += 1
        if count[0] == number:
            again = _armed.pop()
            do()
            _armed.append(again)

    _armed.append(called)
    try:
        yield count
    finally:
        _armed.clear()


def fill(folder: Path, word: str) -> None:
    for name in _NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{word} {name}")


def listed(folder: Path) -> str:
    command = "find . -printf '%p %y %l %m\\n' | sort; find . -type f -exec sha256sum {} + | sort"
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout


def swapped(folder: Path, outside: Path) -> Callable[[], None]:
    def swap() -> None:
        with contextlib.suppress(OSError):  # it is not there at this moment
            os.rename(folder, folder.with_name("aside"))
            os.symlink(outside, folder)

    return swap


@pytest.mark.parametrize("which", ["", "sub", "sub/deep"])
def test_nothing_is_written_behind_a_link(tmp_path: Path, which: str) -> None:
    tree = Tree(tmp_path)
    fill(tree.data / "sub", "first")
    first = tree.record()
    for name in ("changed", "deep/changed", "new", "deep/new", "made/new"):
        (tree.data / "sub" / name).parent.mkdir(exist_ok=True)
        (tree.data / "sub" / name).write_text(f"second {name}")
    for name in ("gone", "deep/gone"):
        (tree.data / "sub" / name).unlink()
    second = tree.record()
    outside = tmp_path / "outside"
    fill(outside / "sub", "secret")
    before = listed(outside)

    def fresh() -> None:
        shutil.rmtree(tmp_path / "tree")
        tree.data.mkdir(parents=True)
        tree.go({}, first)

    swap = swapped(tree.data / which, outside / which)
    fresh()
    with before_call(0, swap) as calls:
        tree.go(first, second)
    for number in range(1, calls[0] + 1):
        fresh()
        with before_call(number, swap), contextlib.suppress(GitDataError, OSError):
            tree.go(first, second)
        assert listed(outside) == before, number
    assert calls[0] > 20
