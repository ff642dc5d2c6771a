"""Count what is left out: how much of a version is not here because the work tree takes a part of the data."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gitdata.errors import DataMissing
from gitdata.formats.pointer import Pointer
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.left_out import entries_of

if TYPE_CHECKING:  # a look needs no store where nothing was touched
    from gitdata.store.store import Store


def left_out_of(root: DataRoot, value: Pointer, store: "Callable[[], Store]") -> tuple[int, int]:
    """The files and links of a version that are left out, and their bytes; none where its trees are not here."""
    files = size = 0
    if root.within is None:
        return 0, 0
    try:
        for path, entry in entries_of(value, store()):
            if entry.kind != "dir" and root.within.is_absent(path, entry):
                files += 1
                size += entry.size
    except DataMissing:
        return 0, 0
    return files, size
