"""Status: how the data in the work tree stands against the last commit, and which data is not pushed."""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal

from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.differing import differing as trees_differing
from gitdata.formats.pointer import Pointer, data_path
from gitdata.formats.tree import Entry, Listing, count_files, total_size
from gitdata.git import pointers as git_pointers
from gitdata.git.listing import left_out
from gitdata.ops.looking.edits_of import Compared, Round, budget, edits_of, opened
from gitdata.ops.looking.file_changes import (
    UNREAD,
    Change,
    Differing,
    Pairs,
    Searched,
    as_changes,
    differing,
    moved_recorded,
    moved_since,
)
from gitdata.ops.roots.count_left_out import left_out_of
from gitdata.ops.roots.known import roots
from gitdata.ops.roots.moved_by_hand import moved_by_hand, mv_command
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen, replace
from gitdata.wording import shown, size, some_of
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit
from gitdata.worktree.glance import Budget
from gitdata.worktree.trees import Trees

Condition = Literal["clean", "modified", "absent", "behind", "damaged", "refused"]


@frozen
class RootStatus:
    """One data root."""

    path: bytes  # of the data, relative to the top
    condition: Condition
    files: int
    size: int  # bytes
    changes: tuple[Change, ...] = ()
    note: str = ""
    left_out: int = 0  # of the files, those that are not here because this work tree takes a part of the data
    left_out_size: int = 0  # their bytes


@frozen
class Status:
    """Every data root of the work tree."""

    roots: tuple[RootStatus, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing differs from the last commit."""
        return all(root.condition == "clean" for root in self.roots)


def status(place: Workspace, progress: Progress = SILENT, *, renames: bool = True) -> Status:
    """Compare every data root with the pointer in the last commit, by stat data as live status does; stores nothing.

    A file that was moved, also from one data root to another, is one change, unless `renames` says otherwise.
    """
    head = git_pointers.at_head(place.git)
    texts = git_pointers.read(place.git, list(head.values()))
    found = roots(place)
    known = {*found.pointers, *head} - found.refused.keys()
    paths = sorted(known - left_out(place.git, known))
    # Without the lock: somebody may be at work for an hour, and what is read is replaced as a whole.
    with progress.step("looking at data"), opened(place) as store:
        at = Round(place, store, budget(place), progress=progress, remember=False)
        seen = [_one(at, path, texts.get(head.get(path, ""))) for path in paths]
    states = _with_changes(place, at.budget, seen, renames=renames)
    if any(state.condition == "absent" for state in states):
        states = _found(place, states)
    states += [RootStatus(data_path(path), "refused", 0, 0, note=str(why)) for path, why in found.refused.items()]
    return Status(tuple(sorted(states, key=lambda root: root.path)))


def _with_changes(place: Workspace, left: Budget, seen: list["_Seen"], *, renames: bool) -> list[RootStatus]:
    """The states with what has changed; what was moved is listed where it is now."""
    differ = [one for root in seen for one in root.differing]
    recorded: Pairs = moved_recorded(differ) if renames else {}
    since: Pairs = {}
    if renames and differ:
        roots_by_path = {root.state.path: place.root(root.pointer) for root in seen}
        since = moved_since(
            Searched(os.fsencode(place.repository.top), place.state, left, partial(_root_of, roots_by_path)), differ
        )
    return [
        replace(root.state, changes=tuple(as_changes(root.differing, recorded, since)))
        if root.differing
        else root.state
        for root in seen
    ]


def _root_of(found: Mapping[bytes, DataRoot], path: bytes) -> DataRoot | None:
    while path not in found and path:
        path = path.rpartition(b"/")[0]
    return found.get(path)


def _found(place: Workspace, states: list[RootStatus]) -> list[RootStatus]:
    """The states, and where data that is absent was moved to by hand."""
    moved = {data_path(path): where for path, where in moved_by_hand(place).items()}
    moved |= {data_path(path): where for path, where in moved_by_hand(place, staged=True).items()}
    return [
        replace(state, note=f"it was moved: `{mv_command(state.path, moved[state.path])}`")
        if state.path in moved
        else state
        for state in states
    ]


@frozen
class _Seen:
    """A data root as it was found, before what was moved is sought."""

    pointer: bytes
    state: RootStatus
    differing: tuple[Differing, ...] = ()


def _one(at: Round, path: bytes, committed: bytes | None) -> "_Seen":
    place = at.place
    root = place.root(path)
    seen = partial(_Seen, path)
    text, base = pointer_files.read(root), pointer_files.recorded(root, place.state)
    if text is None or base is None:
        return seen(RootStatus(root.path, "modified", 0, 0, note="the pointer is deleted"))
    try:
        value = pointer_files.parse(path, base)
    except Exception as error:  # noqa: BLE001 - shown as the state of this root; the others still count
        return seen(RootStatus(root.path, "damaged", 0, 0, note=str(error)))
    left_out, left_out_size = left_out_of(root, value, at.store)
    if not os.path.lexists(root.full) and left_out < value.files:
        return seen(RootStatus(root.path, "absent", value.files, value.size, note=_way_back(place, root)))
    if not place.state.agrees(path, text):
        note = "the data has not followed the pointer yet: `git data checkout`"
        return seen(RootStatus(root.path, "behind", value.files, value.size, note=note))
    edits = place.state.edits(path)
    try:
        found = edits_of(at, Compared(path, base, value, edits.found if edits else {}))
    except DataMissing as error:
        note = f"its version cannot be read: {error}; `git data fsck --repair` looks for it"
        return seen(RootStatus(root.path, "damaged", value.files, value.size, note=note))
    try:
        before, now = _versions(at, value, path, committed, base, found.edits)
    except BadPointer as error:
        return seen(RootStatus(root.path, "modified", value.files, value.size, note=f"in the last commit {error}"))
    except DataMissing:
        note = "the last commit's listing is not in this clone"
        return seen(RootStatus(root.path, "modified", value.files, value.size, note=note))
    after = _edited(now, found.edits)
    differ = tuple(differing(before, now, after, root.path))
    condition: Condition = "modified" if differ or committed is None else "clean"
    files = value.files + count_files(after) - count_files(now)
    size = value.size + total_size(after) - total_size(now)
    new = "" if committed else "new"
    return seen(RootStatus(root.path, condition, files, size, (), new, left_out, left_out_size), differ)


def _versions(
    at: Round, value: Pointer, path: bytes, committed: bytes | None, base: bytes, edited: Iterable[bytes]
) -> tuple[Listing, Listing]:
    """The last commit's version and the base: of large ones only where they differ, and what was edited."""
    store = at.store()
    head = value if committed == base else pointer_files.parse(path, committed) if committed else None
    if head is None or head.tree_root is None or value.tree_root is None:
        now = pointer_files.listing_of(value, store)
        return now if committed == base else _listing(path, committed, store), now
    before, now = ({}, {}) if head is value else trees_differing(head.tree_root, value.tree_root, store.tree)
    trees = Trees(value.tree_root, store)
    for name in edited:
        entry = None if name in now or name in before else trees.listed(name)
        if entry is not None:
            before[name] = now[name] = entry
    return before, now


def _way_back(place: Workspace, root: DataRoot) -> str:
    """How data that is not here comes back; of what was edited and not recorded, by the last look, that it does not."""
    edits = place.state.edits(root.pointer)
    gone = [(path, edit) for path, edit in (edits.found if edits else {}).items() if edit.what != "deleted"]
    if edits is None or edits.recorded or not gone:
        return "bring it with `git data pull`"
    names = some_of(
        sorted(gone), lambda one: f"{shown(root.path + (b'/' + one[0] if one[0] else b''))} ({size(one[1].size)})"
    )
    was = "was" if len(gone) == 1 else "were"
    return (
        f"`git data checkout {shown(root.path)}` brings back what was recorded; "
        f"{names} {was} edited after that, and not recorded"
    )


def _listing(path: bytes, text: bytes | None, store: Store) -> Listing:
    return pointer_files.listing_of(pointer_files.parse(path, text), store) if text else {}


def _edited(listing: Listing, edits: Mapping[bytes, Edit]) -> Listing:
    """A listing with the edits, of which nobody knows the content: their ids are of nothing."""
    if not edits:
        return listing
    after = dict(listing)
    for path, edit in edits.items():
        if edit.what == "deleted":
            after.pop(path, None)
        else:
            after[path] = Entry(edit.kind, edit.size, UNREAD)
    return after
