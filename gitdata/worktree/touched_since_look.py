"""What was touched below data roots since the last complete look, as `find` can tell faster than Python."""

import os
import stat
import subprocess  # noqa: TID251 - for find, not for git
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gitdata.values import frozen

_MOST = 20_000  # files; beyond that a look at everything is no slower
_MOST_DIRECTORIES = 2000  # all names of each are compared
_BLOCK = 1 << 16  # bytes
_HERE = b".//./"  # before each path of a report
_REPORTED = _MOST  # paths; beyond that the look is done here
_LONGEST = 1 << 22  # bytes of a report


@frozen
class Report:
    """What the fsmonitor script has found, which `find` need not be asked for again."""

    paths: tuple[bytes, ...]  # relative to the top of the work tree
    began_ns: int  # when the look began, by the file system's clock

    @classmethod
    def read(cls, text: bytes, last: bytes, began_ns: int) -> "Report | None":
        """The lines of `find`, of which `last` says that they are all.

        None when there are too many, when they were cut short or hold a complaint.
        """
        end = b"\n" + last + b"\n"
        before, *paths = (b"\n" + text).removesuffix(end).split(b"\n" + _HERE)
        whole = len(text) < _LONGEST and text.endswith(end)
        fits = whole and not before and len(paths) < _REPORTED and b"\n" not in b"".join(paths)
        return cls(tuple(paths), began_ns) if fits else None

    def below(self, root: bytes) -> list[bytes]:
        """What was touched at and below `root`, relative to it."""
        prefix = root + b"/"
        return [path[len(prefix) :] for path in self.paths if path == root or path.startswith(prefix)]


def reported(stream: IO[bytes]) -> bytes:
    """The lines of `find` on a stream; of more than a report may have only the first."""
    blocks: list[bytes] = []
    lines = size = 0
    while lines < _REPORTED and size < _LONGEST and (block := stream.read1(_BLOCK)):  # type: ignore[attr-defined]
        blocks.append(block)
        lines += block.count(b"\n")
        size += len(block)
    return b"".join(blocks)


def touched(full: bytes, stamp: Path) -> list[bytes] | None:
    """The files and directories below `full`, relative to it, that are newer than the file `stamp`.

    Something moved in or taken away shows in its directory. None when `find` cannot tell or too much was touched.
    """
    try:
        program = subprocess.Popen(
            ["find", full, "-cnewer", stamp, "-print0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError:
        return None
    paths: list[bytes] = []
    directories = 0
    with program:
        for path in _ended(program.stdout):
            paths.append(path)
            directories += _is_directory(path)
            if len(paths) > _MOST or directories > _MOST_DIRECTORIES:
                program.kill()
                return None
    # What it complains about (a directory that may not be read, an option unknown to it) has no end of its own.
    return None if program.returncode else [path[len(full) + 1 :] for path in paths]


def _ended(stream: IO[bytes] | None) -> Iterator[bytes]:
    """The strings of a stream that end in NUL."""
    rest = b""
    while stream is not None and (block := stream.read1(_BLOCK)):  # type: ignore[attr-defined]
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def _is_directory(path: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return True  # what is gone already makes its directory one to look at
