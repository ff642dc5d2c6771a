"""After Git moved pointers: let the data follow, and say in one line what it came to."""

import os

from gitdata import terminal, workspace
from gitdata.errors import GitDataError, NotARepository, NotTrusted
from gitdata.git import pointers as git_pointers
from gitdata.ops import initialise
from gitdata.ops.materialise import Materialised, materialise
from gitdata.progress import SILENT


def follow(*, unless_told_since_ns: int | None = None) -> GitDataError | None:
    """Materialise this work tree; return what went wrong after telling the person.

    A clone that only has the filter from the user's global configuration is set up first.
    With `unless_told_since_ns` nothing is done when a hook of the same Git command was here before.
    """
    try:
        place = workspace.here()
    except NotARepository:
        return None  # `git archive` in a bare repository smudges too
    if unless_told_since_ns is not None and place.state.told_since(unless_told_since_ns):
        return None
    paths = list(git_pointers.in_index(place.git))
    if not paths:
        return None
    if not place.initialised:
        initialise.set_up(place)
        place = workspace.here()
    done = materialise(place, paths, progress=terminal.progress() or SILENT)
    error = done.error
    if error is not None:
        terminal.fail(_with_advice(error))
        place.state.tell()
    _summarise(done)
    return error


def _with_advice(error: GitDataError) -> GitDataError:
    if isinstance(error, NotTrusted):
        return NotTrusted(str(error), "look at it, then run `git data trust` and `git data pull`")
    return error


def _summarise(done: Materialised) -> None:
    written = sum(moved.written for moved in done.roots)
    deleted = sum(moved.deleted for moved in done.roots)
    saved = sum(moved.saved for moved in done.roots)
    if written or deleted:
        parts = [terminal.count(written, "file") + " written"] if written else []
        parts += [terminal.count(deleted, "file") + " deleted"] if deleted else []
        names = ", ".join(
            os.fsdecode(moved.pointer.removesuffix(b".gitdata")) for moved in done.roots if not moved.error
        )
        terminal.tell(f"{names}: {', '.join(parts)}")
    if saved:
        terminal.tell(f"{terminal.count(saved, 'unrecorded file')} kept in the store before being replaced")
