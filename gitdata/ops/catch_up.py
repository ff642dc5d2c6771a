"""Catch up: before a commit, let the data follow the pointers that moved without it."""

import os
from collections.abc import Iterable

from gitdata.errors import Conflict, GitDataError, Unfinished
from gitdata.ops.materialise import materialise
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def catch_up(
    place: Workspace, paths: Iterable[bytes], progress: Progress = SILENT
) -> tuple[tuple[bytes, GitDataError], ...]:
    """Materialise `paths`; return those that have to do without, with the reason: the network, or files in the way.

    Raises `Unfinished` when a materialise was cut off and cannot be ended, or when it is not known of
    data that was here before which side is newer, `Conflict` when local edits were kept against the
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
                "finish with `git data checkout`, then commit",
            )
        # Where the data never was there is nothing of it to be recorded: nobody's commit has to wait for that.
        if isinstance(result.error, Unfinished) and place.state.base(result.pointer) is not None:
            raise result.error
        behind.append((result.pointer, result.error))
    if not behind and isinstance(done.error, Conflict):
        raise done.error
    return tuple(behind)
