"""Status: how the data in the work tree stands against the last commit, and which data is not pushed."""

import os
from dataclasses import dataclass
from typing import Literal

from gitdata.errors import DataMissing
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Listing, count_files, total_size
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.git.listing import left_out
from gitdata.ops.roots.known import roots
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.snapshot import observe

Condition = Literal["clean", "modified", "absent", "behind", "damaged", "refused"]


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs from the last commit."""

    kind: Literal["added", "modified", "deleted"]
    path: bytes  # relative to the top of the work tree
    size: int  # bytes now; of what was deleted: bytes before


@dataclass(frozen=True, slots=True)
class RootStatus:
    """One data root."""

    path: bytes  # of the data, relative to the top
    condition: Condition
    files: int
    size: int  # bytes
    changes: tuple[Change, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Every data root of the work tree."""

    roots: tuple[RootStatus, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing differs from the last commit."""
        return all(root.condition == "clean" for root in self.roots)


def status(place: Workspace, progress: Progress = SILENT) -> Status:
    """Compare every data root with the pointer in the last commit; hashes what changed, stores nothing."""
    head = git_pointers.at_head(place.git)
    texts = git_pointers.read(place.git, list(head.values()))
    found = roots(place)
    known = {*found.pointers, *head} - found.refused.keys()
    paths = sorted(known - left_out(place.git, known))
    with progress.step("looking at data"), place.state.still(), place.open_store() as store:
        states = [_one(place, store, path, texts.get(head.get(path, "")), progress) for path in paths]
    states += [RootStatus(data_path(path), "refused", 0, 0, note=str(why)) for path, why in found.refused.items()]
    return Status(tuple(sorted(states, key=lambda root: root.path)))


def _one(place: Workspace, store: Store, path: bytes, committed: bytes | None, progress: Progress) -> RootStatus:
    root = place.root(path)
    text = pointer_files.read(root)
    if text is None:
        return RootStatus(root.path, "modified", 0, 0, note="the pointer is deleted")
    try:
        value = pointer_files.parse(path, text)
    except Exception as error:  # noqa: BLE001 - shown as the state of this root; the others still count
        return RootStatus(root.path, "damaged", 0, 0, note=str(error))
    if not os.path.lexists(root.full):
        return RootStatus(root.path, "absent", value.files, value.size, note="bring it with `git data pull`")
    if not place.state.agrees(path, text):
        note = "the data has not followed the pointer yet: `git data checkout`"
        return RootStatus(root.path, "behind", value.files, value.size, note=note)
    seen = observe(root, place.state, ignore.matcher(place.repository.top, root.path), progress=progress)
    size, files = total_size(seen.listing), count_files(seen.listing)
    try:
        before: Listing = pointer_files.listing_of(pointer_files.parse(path, committed), store) if committed else {}
    except DataMissing:
        return RootStatus(root.path, "modified", files, size, note="the last commit's listing is not in this clone")
    changes = compare(before, seen.listing, root.path)
    condition: Condition = "modified" if changes or committed is None else "clean"
    return RootStatus(root.path, condition, files, size, changes, "" if committed else "new")


def compare(before: Listing, after: Listing, prefix: bytes) -> tuple[Change, ...]:
    """The differences between two listings of one data root, by path; `prefix` is put before each."""
    changes = []
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        full = prefix + b"/" + path if path else prefix
        if was is None and now is not None:
            changes.append(Change("added", full, now.size))
        elif now is None and was is not None:
            changes.append(Change("deleted", full, was.size))
        elif now is not None:
            changes.append(Change("modified", full, now.size))
    return tuple(changes)
