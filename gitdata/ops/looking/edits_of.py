"""Edits of: what differs at a data root from a version, by stat data alone."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from gitdata.formats.pointer import Pointer
from gitdata.formats.unfolding import unfold
from gitdata.git import ignore
from gitdata.ops.recording.last_look import last_look
from gitdata.progress import SILENT, Progress
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit
from gitdata.worktree.glance import Budget, Glance, Looking, Version, glance, in_order, unfolded
from gitdata.worktree.glance_at import glance_at
from gitdata.worktree.touched_since_look import Report, touched
from gitdata.worktree.trees import OutOfStep, Trees

if TYPE_CHECKING:  # a look needs no store where nothing was touched
    from gitdata.store.store import Store

_BUDGET = 64 << 20  # bytes that a look may read, unless `gitdata.lookBytes` says otherwise


@contextlib.contextmanager
def opened(place: Workspace) -> "Iterator[Callable[[], Store]]":
    """The store, opened once somebody needs it."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda: stack.enter_context(place.open_store()))


@frozen
class Round:
    """One look at several data roots."""

    place: Workspace
    store: "Callable[[], Store]"
    budget: Budget
    report: Report | None = None  # of what was touched since the last complete look
    progress: Progress = SILENT
    remember: bool = True  # what was read; only under the lock of the work tree


def budget(place: Workspace) -> Budget:
    """What a look may read; raises `UsageError`."""
    return Budget(place.config.integer("gitdata.lookBytes", _BUDGET))


@frozen
class Compared:
    """The version that a data root is compared with."""

    pointer: bytes  # its path
    text: bytes  # of the pointer that names it
    value: Pointer
    known: Mapping[bytes, Edit] | None  # what the look before has found; None: this is not the base


def edits_of(at: Round, version: Compared) -> Glance:
    """What differs at one data root from a version.

    Raises `FileChanging`, `Unreadable` with the full list of what cannot be recorded.
    """
    path, state = version.pointer, at.place.state
    root = at.place.root(path)
    looking = partial(Looking, root, state, at.budget, version.known or {}, cache(partial(state.lookup, path)))
    found = _where_touched(at, version, root, looking) if version.known is not None else None
    if found is None:
        rules = ignore.matcher(at.place.repository.top, root.path)
        found = glance(looking(), rules, _version(version.value, at.store, root), at.progress)
    if found.rows and at.remember and state.served(path, version.text):
        state.add_rows(path, found.rows)
    return found


def _where_touched(at: Round, version: Compared, root: DataRoot, looking: Callable[[], Looking]) -> Glance | None:
    """Look only at what was touched since the last complete look; None when that does not do."""
    stamp = last_look(at.place, version.pointer, version.text)
    if stamp is None:
        return None
    found = touched(root.full, stamp) if at.report is None else at.report.below(root.path)
    if found is None:
        return None
    if not found:
        return Glance(True, dict(version.known or {}))
    try:
        return glance_at(looking(), found, Trees(version.value.root(), at.store()))
    except OutOfStep:
        return None


def _version(value: Pointer, store: "Callable[[], Store]", root: DataRoot) -> Version:
    """What a look compares with; of a part what is hidden is not even read."""
    if value.listing is not None:
        return Version(None, partial(in_order, value.listing), value.files)
    within = root.within
    if within is not None:
        return Version(value.root(), lambda: unfolded(unfold(value.root(), store().tree, skip=within.is_hidden)))
    return Version(
        value.root(),
        lambda: unfolded(pointer_files.agreeing(value, unfold(value.root(), store().tree))),
        value.files,
    )
