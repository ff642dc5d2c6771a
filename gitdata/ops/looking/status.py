"""Status: how the data in the work tree stands against the last commit, and which data is not pushed."""

import os
from collections.abc import Iterable, Mapping
from typing import Literal

from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer, data_path
from gitdata.formats.tree import Entry, Listing, count_files, total_size
from gitdata.git import pointers as git_pointers
from gitdata.git.listing import left_out
from gitdata.ids import BlobId
from gitdata.ops.looking.edits_of import Compared, Round, budget, edits_of, opened
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
from gitdata.worktree.entries import EMPTY_DIRECTORY
from gitdata.worktree.trees import Trees

_UNREAD = BlobId(bytes(32))
Condition = Literal["clean", "modified", "absent", "behind", "damaged", "refused"]


Kind = Literal["added", "modified", "deleted"]


@frozen
class Change:
    """One file that differs from the last commit."""

    kind: Kind
    path: bytes  # relative to the top of the work tree
    size: int  # bytes now; of what was deleted: bytes before
    recorded: Kind | None = None  # what the pointer that is recorded, but not committed, has of it
    edited: Kind | None = None  # what was done to it since


@frozen
class RootStatus:
    """One data root."""

    path: bytes  # of the data, relative to the top
    condition: Condition
    files: int
    size: int  # bytes
    changes: tuple[Change, ...] = ()
    note: str = ""


@frozen
class Status:
    """Every data root of the work tree."""

    roots: tuple[RootStatus, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing differs from the last commit."""
        return all(root.condition == "clean" for root in self.roots)


def status(place: Workspace, progress: Progress = SILENT) -> Status:
    """Compare every data root with the pointer in the last commit, by stat data as live status does; stores nothing."""
    head = git_pointers.at_head(place.git)
    texts = git_pointers.read(place.git, list(head.values()))
    found = roots(place)
    known = {*found.pointers, *head} - found.refused.keys()
    paths = sorted(known - left_out(place.git, known))
    # Without the lock: somebody may be at work for an hour, and what is read is replaced as a whole.
    with progress.step("looking at data"), opened(place) as store:
        at = Round(place, store, budget(place), progress=progress, remember=False)
        states = [_one(at, path, texts.get(head.get(path, ""))) for path in paths]
    if any(state.condition == "absent" for state in states):
        states = _found(place, states)
    states += [RootStatus(data_path(path), "refused", 0, 0, note=str(why)) for path, why in found.refused.items()]
    return Status(tuple(sorted(states, key=lambda root: root.path)))


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


def _one(at: Round, path: bytes, committed: bytes | None) -> RootStatus:
    place = at.place
    root = place.root(path)
    text, base = pointer_files.read(root), pointer_files.recorded(root, place.state)
    if text is None or base is None:
        return RootStatus(root.path, "modified", 0, 0, note="the pointer is deleted")
    try:
        value = pointer_files.parse(path, base)
    except Exception as error:  # noqa: BLE001 - shown as the state of this root; the others still count
        return RootStatus(root.path, "damaged", 0, 0, note=str(error))
    if not os.path.lexists(root.full):
        return RootStatus(root.path, "absent", value.files, value.size, note=_way_back(place, root))
    if not place.state.agrees(path, text):
        note = "the data has not followed the pointer yet: `git data checkout`"
        return RootStatus(root.path, "behind", value.files, value.size, note=note)
    edits = place.state.edits(path)
    try:
        found = edits_of(at, Compared(path, base, value, edits.found if edits else {}))
    except DataMissing as error:
        note = f"its version cannot be read: {error}; `git data fsck --repair` looks for it"
        return RootStatus(root.path, "damaged", value.files, value.size, note=note)
    try:
        before, now = _versions(at, value, path, committed, base, found.edits)
    except BadPointer as error:
        return RootStatus(root.path, "modified", value.files, value.size, note=f"in the last commit {error}")
    except DataMissing:
        note = "the last commit's listing is not in this clone"
        return RootStatus(root.path, "modified", value.files, value.size, note=note)
    after = _edited(now, found.edits)
    changes = compare(before, now, after, root.path)
    condition: Condition = "modified" if changes or committed is None else "clean"
    files = value.files + count_files(after) - count_files(now)
    size = value.size + total_size(after) - total_size(now)
    return RootStatus(root.path, condition, files, size, changes, "" if committed else "new")


def _versions(
    at: Round, value: Pointer, path: bytes, committed: bytes | None, base: bytes, edited: Iterable[bytes]
) -> tuple[Listing, Listing]:
    """The last commit's version and the base: of large ones only where they differ, and what was edited."""
    store = at.store()
    head = value if committed == base else pointer_files.parse(path, committed) if committed else None
    if head is None or head.tree_root is None or value.tree_root is None:
        now = pointer_files.listing_of(value, store)
        return now if committed == base else _listing(path, committed, store), now
    before, now = ({}, {}) if head is value else differing(head.tree_root, value.tree_root, store.tree)
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
            after[path] = Entry(edit.kind, edit.size, _UNREAD)
    return after


def compare(committed: Listing, recorded: Listing, here: Listing, prefix: bytes) -> tuple[Change, ...]:
    """What differs between three listings of one data root, by path; `prefix` is put before each."""
    changes = []
    for path in sorted(committed.keys() | recorded.keys() | here.keys()):
        was, then, now = committed.get(path), recorded.get(path), here.get(path)
        if was == then == now:
            continue
        full = prefix + b"/" + path if path else prefix
        kind, size = _kind(was, now) or "modified", (now or was or then or EMPTY_DIRECTORY).size
        changes.append(Change(kind, full, size, _kind(was, then), _kind(then, now)))
    return tuple(changes)


def _kind(was: Entry | None, now: Entry | None) -> Kind | None:
    if was == now:
        return None
    return "added" if was is None else "deleted" if now is None else "modified"
