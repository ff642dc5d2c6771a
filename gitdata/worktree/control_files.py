"""The small files of the work tree by which a repository steers Git and git-data: `.gitignore`, `.gitattributes`.

Whoever made the commit may have put a link there, so none is followed on the way or at the end: what is read
here is written back and staged.
"""

import os
from pathlib import Path

from gitdata.disk_errors import disk_errors
from gitdata.reading import small
from gitdata.worktree import places

_LIMIT = 16 << 20  # bytes


def read(top: bytes, path: bytes) -> bytes:
    """The content of the file at `path` (relative to the work tree's `top`); nothing where there is none.

    Raises `BadFormat` for a link, a device or whatever else is no file, and for more than 16 MiB.
    """
    return small(_path(os.path.join(top, path)), _LIMIT, os.fsdecode(path), top=_path(top)) or b""


def write(top: bytes, path: bytes, text: bytes) -> None:
    """Put `text` into the file at `path`, whole or not at all; raises `BadFormat` where `read` does."""
    if read(top, path) != text:
        folder, name = places.split(path)
        with places.directory(top, folder, noted=True) as place, disk_errors(os.fsdecode(path)):
            place.put(name, text)


def _path(name: bytes) -> Path:
    return Path(os.fsdecode(name))
