"""Catch up: before a commit, let the data follow the pointers that moved without it."""

import os
from collections.abc import Iterable

from gitdata.errors import Conflict, DataCorrupt, DataMissing, GitDataError, Unfinished
from gitdata.ops.following.materialise import materialise
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def catch_up(
    place: Workspace, paths: Iterable[bytes], progress: Progress = SILENT
) -> tuple[tuple[bytes, GitDataError], ...]:
    """Materialise `paths`; return those where the network stood in the way, with the reason.

    Raises `Unfinished` when a materialise was cut off and cannot be ended, or when other files are in
    the place of the data or it is not known which side is newer, `Conflict` when local edits were kept against the
    version checked out: a person has to decide before anything is committed.
    """
    interrupted = place.state.unfinished()
    done = materialise(place, paths, progress=progress)
    behind = []
    for result in done.roots:
        if result.error is None:
            continue
        if result.pointer in interrupted:
            raise Unfinished(
                f"the data of {os.fsdecode(result.pointer)} is only half in place: {result.error}",
                f"{_first(result.error)}finish with `git data checkout`, then commit",
            )
        if isinstance(result.error, Unfinished):
            raise result.error
        behind.append((result.pointer, result.error))
    if not behind and isinstance(done.error, Conflict):
        raise done.error
    return tuple(behind)


def _first(error: GitDataError) -> str:
    """What has to be done before data that cannot be had comes."""
    if isinstance(error, (DataCorrupt, DataMissing)) and error.hint:
        return f"{error.hint}; or take what is here, without it: `git data add`; else "
    return ""
