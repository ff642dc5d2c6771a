"""Bring the data that is behind its pointer, and say in one line what it came to."""

import os
from collections.abc import Sequence

from gitdata import terminal
from gitdata.errors import GitDataError, NotTrusted
from gitdata.ops.materialise import Moved, materialise
from gitdata.progress import SILENT
from gitdata.workspace import Workspace


def bring(place: Workspace, paths: Sequence[bytes], *, careful: bool = False) -> GitDataError | None:
    """Materialise `paths`; return what went wrong after telling the person."""
    done = materialise(place, paths, careful=careful, progress=terminal.progress() or SILENT)
    error = done.error
    if error is not None:
        terminal.fail(_with_advice(error))
        place.state.tell()
    _summarise(done.roots)
    return error


def _with_advice(error: GitDataError) -> GitDataError:
    if isinstance(error, NotTrusted):
        return NotTrusted(str(error), "look at it, then run `git data trust` and `git data pull`")
    return error


def _summarise(roots: Sequence[Moved]) -> None:
    written = sum(moved.written for moved in roots)
    deleted = sum(moved.deleted for moved in roots)
    saved = sum(moved.saved for moved in roots)
    if written or deleted:
        parts = [terminal.count(written, "file") + " written"] if written else []
        parts += [terminal.count(deleted, "file") + " deleted"] if deleted else []
        names = ", ".join(os.fsdecode(moved.pointer.removesuffix(b".gitdata")) for moved in roots if not moved.error)
        terminal.tell(f"{names}: {', '.join(parts)}")
    if saved:
        terminal.tell(f"{terminal.count(saved, 'unrecorded file')} kept in the store before being replaced")
