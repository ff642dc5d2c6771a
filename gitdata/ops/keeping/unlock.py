"""Unlock: locks that are files, left behind by processes of which nobody here can tell that they have ended."""

from gitdata.locking import break_locks
from gitdata.workspace import Workspace


def unlock(place: Workspace) -> list[str]:
    """Remove them, also in other work trees, but for those of processes that run here; who held them, one line each."""
    common = place.repository.common_dir
    folders = [common / "gitdata", *(common / "worktrees").glob("*/gitdata")]
    return [line for folder in folders for line in break_locks(folder)]
