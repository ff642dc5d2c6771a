"""Checkout: the data of some or all pointers, on a person's word."""

import os

from gitdata.ops.following.bring_paths import bring_paths
from gitdata.ops.following.fill_pattern_files import fill_pattern_files
from gitdata.ops.following.materialise import materialise
from gitdata.ops.following.moved import Materialised, Moved
from gitdata.ops.roots.known import roots
from gitdata.ops.roots.typed_paths import chosen, from_top
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def checkout(
    place: Workspace, paths: list[str], *, force: bool = False, whole: bool = False, progress: Progress = SILENT
) -> Materialised:
    """Materialise the data roots and pattern files that `paths` mean; finishes what was interrupted.

    With `whole` also what lies at and below `paths` outside of the part that the work tree takes. Pointers that are
    refused are in the result with the reason, after all others.
    """
    wanted = chosen(place, paths)
    done = materialise(place, wanted.pointers, force=force, progress=progress)
    if not paths:
        _forget_gone(place)
    if whole and place.part is not None:
        done += bring_paths(place, [from_top(place, path.rstrip("/") or path) for path in paths], progress)
    done += fill_pattern_files(place, wanted.files, progress, whole=whole)
    refused = {} if paths else roots(place).refused
    return done + Materialised(tuple(Moved(path, error=error) for path, error in sorted(refused.items())))


def _forget_gone(place: Workspace) -> None:
    """Unfinished roots of which neither pointer nor data is left are nobody's any more."""
    with place.state.locked():
        for path in place.state.unfinished():
            root = place.root(path)
            if not os.path.lexists(root.pointer_full) and not os.path.lexists(root.full):
                place.state.end(path)
