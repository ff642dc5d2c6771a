"""The small files of the work tree by which a repository steers Git and git-data: `.gitignore`, `.gitattributes`.

Whoever made the commit may have put a link there, so none is followed on the way or at the end: what is read
here is written back and staged.
"""

import stat

from gitdata.errors import UnsafeName
from gitdata.wording import shown
from gitdata.worktree import places

_LIMIT = 16 << 20  # bytes


def read(top: bytes, path: bytes) -> bytes:
    """The content of the file at `path` (relative to the work tree's `top`); nothing where there is none.

    Raises `UnsafeName` for a link, a device or whatever else is no file, and for more than 16 MiB.
    """
    folder, name = places.split(path)
    try:
        with places.directory(top, folder) as place:
            data = place.read(name, _LIMIT + 1)
            if data is None and (mode := place.mode(name)) is not None:
                raise UnsafeName(f"{shown(path)} is {_kind(mode)}", "replace it by a file")
    except FileNotFoundError:
        return b""
    if data is not None and len(data) > _LIMIT:
        raise UnsafeName(f"{shown(path)} is larger than {_LIMIT >> 20} MiB", "shorten it")
    return data or b""


def write(top: bytes, path: bytes, text: bytes) -> None:
    """Put `text` into the file at `path`, whole or not at all; raises `UnsafeName` where `read` does."""
    before = read(top, path)
    if before != text:
        folder, name = places.split(path)
        with places.directory(top, folder) as place:
            place.put(name, text)


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symlink"
    return "a file that may not be read" if stat.S_ISREG(mode) else "not a file"
