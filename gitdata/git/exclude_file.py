"""The line of `.git/info/exclude` by which Git never sees what git-data has half written beside its pointers."""

import contextlib
import os
from pathlib import Path

from gitdata.durable import write_file
from gitdata.formats.names import TEMPORARY

_LINE = TEMPORARY + b"*"


def add(common_dir: Path) -> None:
    """Add the line if it is not there; a file that cannot be changed stays as it is."""
    file = _file(common_dir)
    with contextlib.suppress(OSError):
        text = file.read_bytes() if file.exists() else b""
        if _LINE not in text.split(b"\n"):
            file.parent.mkdir(exist_ok=True)
            with open(file, "ab") as end:  # Git's own file, maybe a link: it stays what it is
                end.write((b"" if text.endswith(b"\n") or not text else b"\n") + _LINE + b"\n")


def remove(common_dir: Path) -> None:
    """Take the line out again, and no other."""
    file = _file(common_dir)
    with contextlib.suppress(OSError):
        text = file.read_bytes() if file.exists() else b""
        if _LINE in text.split(b"\n"):
            write_file(file, b"".join(line for line in text.splitlines(True) if line.rstrip(b"\n") != _LINE))


def _file(common_dir: Path) -> Path:
    return Path(os.path.realpath(common_dir / "info/exclude"))
