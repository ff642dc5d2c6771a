"""Bring the data that is behind its pointer, and say in one line what it came to."""

import os
from collections.abc import Collection, Sequence

from gitdata import terminal
from gitdata.errors import (
    AccessDenied,
    BadRemote,
    DataMissing,
    GitDataError,
    NoRemote,
    NotTrusted,
    RemoteMoved,
    RemoteUnavailable,
)
from gitdata.formats.pointer import data_path
from gitdata.ops.following.materialise import materialise
from gitdata.ops.following.moved import Materialised, Moved
from gitdata.summary import Since, done_to_work_tree
from gitdata.wording import some_of
from gitdata.workspace import Workspace

_OUT_OF_REACH = (AccessDenied, BadRemote, DataMissing, NoRemote, NotTrusted, RemoteMoved, RemoteUnavailable)


def bring(
    place: Workspace, paths: Sequence[bytes], *, careful: bool = False, back: Collection[bytes] = ()
) -> GitDataError | None:
    """Materialise `paths`, those in `back` anyway; return what went wrong after telling the person."""
    since = Since()
    done = materialise(place, paths, careful=careful, back=back, progress=terminal.progress())
    error = done.error
    if error is not None:
        terminal.fail(_with_advice(error, done.roots))
        place.state.tell()
    else:
        place.state.untell()
    _summarise(done, since.seconds)
    if place.config.get("gitdata.storeLimit") is not None:
        from gitdata.ops.keeping.keep_below import keep_below

        if (kept := keep_below(place, terminal.progress())) is not None:
            terminal.tell(kept.line)
    return error


def _with_advice(error: GitDataError, roots: Sequence[Moved]) -> GitDataError:
    """The error with what it left undone and how to get it; other errors name what they are about themselves."""
    if not isinstance(error, _OUT_OF_REACH):
        return error
    left = [os.fsdecode(data_path(moved.pointer)) for moved in roots if isinstance(moved.error, _OUT_OF_REACH)]
    names = ", ".join(left[:3]) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
    verb = "has" if len(left) == 1 else "have"
    return GitDataError(f"{names} {verb} not followed: {error}", f"{_first_step(error)}, then run `git data pull`")


def _first_step(error: GitDataError) -> str:
    return error.hint.replace(", then run", ", run") if isinstance(error, NotTrusted) else error.hint


def _summarise(done: Materialised, seconds: float) -> None:
    roots = done.roots
    written = sum(moved.written for moved in roots)
    deleted = sum(moved.deleted for moved in roots)
    saved = sum(moved.saved for moved in roots)
    if told := done_to_work_tree(written, deleted, done.came, seconds):
        names = ", ".join(
            os.fsdecode(moved.pointer.removesuffix(b".gitdata")) for moved in roots if moved.written or moved.deleted
        )
        terminal.tell(f"{names}: {told}")
    if later := [os.fsdecode(data_path(moved.pointer) + b"/" + path) for moved in roots for path in moved.later]:
        stay = "stays as it is: it was" if len(later) == 1 else "stay as they are: they were"
        terminal.tell(f"{some_of(later, str)} {stay} edited after Git had looked")
    if saved:
        terminal.tell(f"{terminal.count(saved, 'unrecorded file')} kept before being replaced: `git data undo`")
