"""Outdated: which data has still to follow its pointer; quick to ask, because Git waits for the answer."""

import os
from collections.abc import Iterable

from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot


def outdated(place: Workspace, paths: Iterable[bytes], *, restore: bool = False) -> list[bytes]:
    """The pointers whose text is not their base, or whose data was cut off half-way: what is left to materialise.

    So is data that is laid out for another part than this work tree is to take.

    Data that was here and is gone altogether counts only with `restore`: somebody took it away on
    purpose (`git clean -fdx`, to save space), and no other command should bring it back.
    """
    found = []
    for path in paths:
        root = place.root(path)
        text = pointer_files.read(root)
        if text is None:
            continue
        here = os.path.lexists(root.full)
        if not place.state.agrees(path, text) or (restore and not here) or (here and not _fits(place, root)):
            found.append(path)
    return found


def _fits(place: Workspace, root: DataRoot) -> bool:
    """Whether the data is laid out by the part that this work tree is to take."""
    return place.part is None or place.part.is_laid_out(root.pointer, root.path)
