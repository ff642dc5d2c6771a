"""Checkout: the data of some or all pointers, on a person's word."""

from gitdata.ops.materialise import Materialised, materialise
from gitdata.ops.paths import chosen_pointers
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def checkout(place: Workspace, paths: list[str], *, force: bool = False, progress: Progress = SILENT) -> Materialised:
    """Materialise the data roots that `paths` mean; finishes what was interrupted."""
    chosen = chosen_pointers(place, paths)
    done = materialise(place, chosen, force=force, progress=progress)
    if not paths and done.error is None:
        place.state.end()
    return done
