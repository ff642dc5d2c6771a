"""Edits of: what differs at a data root from a version, by stat data alone."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Listing, build
from gitdata.git import ignore
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.glance import Budget, Glance, Looking, glance
from gitdata.worktree.glance_at import glance_at
from gitdata.worktree.touched_since_look import Report, touched
from gitdata.worktree.trees import OutOfStep, Trees

if TYPE_CHECKING:  # a look needs no store where nothing was touched
    from gitdata.store.store import Store

_BUDGET = 64 << 20  # bytes that a look may read, unless `gitdata.lookBytes` says otherwise


class Opened:
    """The store, opened once somebody needs it, in a `with` block."""

    def __init__(self, place: Workspace) -> None:
        self._place, self._stack = place, contextlib.ExitStack()
        self._store: Store | None = None

    def __enter__(self) -> "Callable[[], Store]":
        return self._open

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _open(self) -> "Store":
        if self._store is None:
            self._store = self._stack.enter_context(self._place.open_store())
        return self._store


@dataclass(frozen=True, slots=True)
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


def edits_of(at: Round, path: bytes, base: bytes) -> Glance:
    """What differs at one data root from the version that the pointer text `base` names.

    Raises `FileChanging`, `Unreadable` with the full list of what cannot be recorded.
    """
    state, root = at.place.state, at.place.root(path)
    value = pointer_files.parse(path, base)
    edits = state.edits(path) if base == state.base(path) else None  # they are about that version
    rows = cache(partial(state.rows, path))
    looking = Looking(root, state, at.budget, edits.found if edits else {}, rows)
    found = _where_touched(at, looking, value, base)
    if found is None:
        rules = ignore.matcher(at.place.repository.top, root.path)
        found = glance(replace(looking, edits={}, doubtful={}), rules, _versions(value, at.store), at.progress)
    if found.rows and at.remember and state.served(path, base):
        state.add_rows(path, found.rows)
    return found


def _where_touched(at: Round, looking: Looking, value: Pointer, base: bytes) -> Glance | None:
    """Look only at what was touched since the last complete look; None when that does not do.

    Many files have a pointer in tree form, and for few it is no slower to look at everything.
    """
    root, state = looking.root, at.place.state
    known = value.form == "tree" and base == state.base(root.pointer)
    stamp = state.looked(root.path) if known else None
    if stamp is None or not state.served(root.pointer, base) or ignore.ruled(at.place.repository.top, root.path):
        return None
    found = touched(root.full, stamp) if at.report is None else at.report.below(root.path)
    if found is None:
        return None
    if not found:
        return Glance(True, dict(looking.known))
    try:
        return glance_at(looking, found, Trees(value.root(), at.store()))
    except OutOfStep:
        return None


def _versions(value: Pointer, store: "Callable[[], Store]") -> Callable[[Listing | None], Listing | None]:
    """What a look compares with: the listing of `value`, unless what is here is that version."""

    def version(here: Listing | None) -> Listing | None:
        if value.listing is not None:
            return value.listing
        if here is not None and build(here).root == value.root():
            return None
        return pointer_files.listing_of(value, store())

    return version
