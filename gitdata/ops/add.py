"""Add: snapshot data that the person names, whatever the pointers said before."""

from gitdata.ops.catch_up import catch_up
from gitdata.ops.paths import chosen_pointers
from gitdata.ops.record import Recorded, moved, record
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def add(place: Workspace, paths: list[str], progress: Progress = SILENT) -> Recorded:
    """Record the data roots that `paths` mean and stage their pointers.

    Named explicitly, the data is taken as it is; without names nothing stale is recorded.
    """
    chosen = chosen_pointers(place, paths)
    if not paths:
        catch_up(place, moved(place, chosen), progress)
    return record(place, chosen, take=bool(paths), progress=progress)
