"""One tracked directory or file of a work tree: where it is, and where its pointer is."""

import os
import stat
from typing import TYPE_CHECKING

from gitdata.formats.pointer_path import PointerPath
from gitdata.values import frozen
from gitdata.wording import shown

if TYPE_CHECKING:  # only a work tree that takes a part of its data needs it
    from gitdata.worktree.part import Within


@frozen
class DataRoot:
    """One tracked directory or file of a work tree."""

    top: bytes  # absolute path of the work tree
    pointer: PointerPath  # of the pointer file, relative to the top
    within: "Within | None" = None  # what is outside of this and missing is no edit; None: nothing is outside

    @property
    def path(self) -> bytes:
        """The path of the data, relative to the top, `/`-separated."""
        return self.pointer.data

    @property
    def full(self) -> bytes:
        """The absolute path of the data."""
        return os.path.join(self.top, self.path)

    @property
    def pointer_full(self) -> bytes:
        """The absolute path of the pointer file."""
        return os.path.join(self.top, self.pointer)


@frozen
class Below:
    """A directory below a data root."""

    root: DataRoot
    inside: bytes  # relative to the root; a checked path (names.check_path)

    @property
    def path(self) -> bytes:
        """The path of the directory, relative to the top of the work tree."""
        return self.root.path + b"/" + self.inside

    @property
    def top(self) -> bytes:
        """The absolute path of the work tree."""
        return self.root.top


def obstacle(root: DataRoot) -> str | None:
    """What stands on the way to a data root, in words; None when there are only directories, or nothing yet."""
    end = root.path.find(b"/")
    while end > 0:
        above = root.path[:end]
        full = os.path.join(root.top, above)
        try:
            mode = os.lstat(full).st_mode
        except OSError:
            return None
        if not stat.S_ISDIR(mode):
            return f"{shown(above)} is {'a symlink' if stat.S_ISLNK(mode) else 'not a directory'}"
        if os.path.lexists(os.path.join(full, b".git")):
            return f"{shown(above)} is a repository of its own"
        end = root.path.find(b"/", end + 1)
    return None
