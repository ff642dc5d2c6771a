"""Add: snapshot data that the person names, whatever the pointers said before."""

from gitdata.ops.paths import chosen_pointers
from gitdata.ops.record import Recorded, record
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def add(place: Workspace, paths: list[str], progress: Progress = SILENT) -> Recorded:
    """Record the data roots that `paths` mean and stage their pointers.

    Named explicitly, the data is taken as it is; without names nothing stale is recorded.
    """
    return record(place, chosen_pointers(place, paths), take=bool(paths), progress=progress)
