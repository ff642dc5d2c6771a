"""The way down: what is found by it is what the system finds by the whole path, and few directories are open for it."""

import os
import random
from pathlib import Path

import pytest

from gitdata.descent import Descent, named

pytestmark = pytest.mark.any_git
DEPTH = 60


def opened() -> int:
    return len(os.listdir("/dev/fd"))


def test_wherever_it_goes_next(tmp_path: Path) -> None:
    folders = [b"/".join([b"d"] * depth) for depth in range(1, DEPTH + 1)]
    folders += [folder + b"/other" for folder in folders]
    for folder in folders:
        (tmp_path / os.fsdecode(folder)).mkdir(parents=True, exist_ok=True)
        (tmp_path / os.fsdecode(folder) / "file").write_bytes(folder)
    (tmp_path / "d/link").symlink_to("other")
    before, down = opened(), Descent(os.fsencode(tmp_path))
    assert opened() == before, "nothing is open before something is asked for"
    for folder in random.Random(7).choices(folders, k=400):
        with open(down.open(folder + b"/file"), "rb") as file:
            assert file.read() == folder
        with down.entries(folder) as found:
            assert sorted(map(named, found)) == sorted(os.listdir(os.path.join(os.fsencode(tmp_path), folder)))
        assert down.status(folder) == os.lstat(os.path.join(os.fsencode(tmp_path), folder))
        assert opened() <= before + 20
    assert down.is_directory(b"d/other") and not down.is_directory(b"d/file") and not down.is_directory(b"d/none")
    assert down.target(b"d/link") == b"other" and not down.is_directory(b"d/link")
    for path in (b"d/link/file", b"d/file/file"):
        with pytest.raises(NotADirectoryError):
            down.open(path)
        with pytest.raises(NotADirectoryError):
            down.status(path)
    with pytest.raises(FileNotFoundError):
        down.open(b"d/none/file")
    with open(down.open(folders[-1] + b"/file"), "rb") as file:
        assert file.read() == folders[-1]
    del down
    assert opened() == before
