"""Forced: what has to change where edits are to go too, found by a look that keeps nothing of what is as it was.

To list a million files takes a gigabyte; to look at them, one directory after the other, some megabytes.
"""

import os

from gitdata.descent import Descent
from gitdata.errors import BadFormat, BadPointer, DataMissing
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Entry, Listing
from gitdata.formats.unfolding import unfold
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import changes
from gitdata.ops.following.differences import differences
from gitdata.progress import SILENT, Progress
from gitdata.store.signature import signature
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit
from gitdata.worktree.entries import EMPTY_DIRECTORY, below
from gitdata.worktree.glance import Budget, Looking, Version, glance, unfolded
from gitdata.worktree.root_changes import entry_of
from gitdata.worktree.scan import Scan
from gitdata.worktree.snapshot import Snapshot
from gitdata.worktree.trees import OutOfStep, Trees

MANY = 4096
"""Files from which on it is worth while: of fewer everything is listed."""

_ALL = 1 << 62  # bytes


@frozen
class Parts:
    """What was, is and shall be, wherever not all three are the same; paths below the root."""

    base: Listing
    seen: Snapshot
    target: Listing
    earlier: Listing  # what is here alone and some version has as it is: it may go


def narrowed(
    place: Workspace, root: DataRoot, value: Pointer, store: Store, *, force: bool, progress: Progress = SILENT
) -> Parts | None:
    """What has to change for the pointer `value`, without a list of everything; None when it takes that."""
    if force:
        return _forced(place, root, value, store, progress)
    found = differences(place, root, value, store)
    return Parts(found[0].listing, *found, {}) if found is not None else None


def _forced(place: Workspace, root: DataRoot, value: Pointer, store: Store, progress: Progress) -> Parts | None:
    """Where the data differs from its base, or the pointer `value` from that; None when everything has to be listed.

    That is so with few files, with rules about what to leave out, where only a part of the files is taken, after a run
    that was cut off, where the base is not known or has no trees, and when trees are missing.
    """
    text = place.state.base(root.pointer)
    if text is None or root.within is not None or value.form != "tree" or root.pointer in place.state.unfinished():
        return None
    base = pointer_files.parse(root.pointer, text)
    real = Descent(root.top).is_directory(root.path)
    if base.form != "tree" or base.files < MANY or not real:
        return None
    if ignore.matcher(place.repository.top, root.path) is not None:
        return None
    began_ns = place.state.now_ns()
    rows = place.state.lookup(root.pointer)
    looking = Looking(root, place.state, Budget(_ALL), {}, lambda: rows)
    version = Version(base.root(), lambda: unfolded(pointer_files.agreeing(base, unfold(base.root(), store.tree))))
    try:
        before, after = differing(base.root(), value.root(), store.tree)
        edits = glance(looking, None, version, progress).edits
        trees = Trees(base.root(), store), Trees(value.root(), store)
        for path in edits:
            for listing, one in zip((before, after), trees, strict=True):
                if (entry := one.listed(path)) is not None:
                    listing[path] = entry
    except DataMissing:
        return None
    here, scan = _here(root, before, edits)
    unknown = {path: entry for path, entry in here.items() if path not in before and path not in after}
    earlier = _earlier(place, root, unknown, store) if unknown else {}
    seen = Snapshot(True, here, scan, 0, began_ns=began_ns)
    return Parts(before, seen, after, earlier)


def _here(root: DataRoot, before: Listing, edits: dict[bytes, Edit]) -> tuple[Listing, Scan]:
    """What is at these paths: as it was, where it was not edited."""
    here, scan, down = Listing(), Scan(), Descent(root.top)
    for path in before.keys() | edits.keys():
        try:
            seen = signature(down.status(below(root.path, path)))
        except (FileNotFoundError, NotADirectoryError):
            continue
        edit = edits.get(path)
        if edit is not None and edit.what == "deleted":
            continue
        entry = before[path] if edit is None else EMPTY_DIRECTORY if edit.kind == "dir" else entry_of(root, path)
        if entry is None:
            continue
        here[path] = entry
        if entry.kind == "dir":
            scan.empty.add(path)
        else:
            (scan.links if entry.kind == "link" else scan.files)[path] = seen
    return here, scan


def _earlier(place: Workspace, root: DataRoot, unknown: Listing, store: Store) -> Listing:
    """Those of the `unknown` files that some version of the commits has as they are: they are recorded."""
    found: Listing = {}
    history = changes(place.git, ["--all", "--reflog"], [], [f":(top,literal){os.fsdecode(root.pointer)}"])
    for text in git_pointers.read(place.git, [item.oid for item in history if item.oid.strip("0")]).values():
        try:
            version = pointer_files.parse(root.pointer, text)
            if version.listing is not None:
                pointer_files.keep_trees(version.listing, store)
            trees = Trees(version.root(), store)
            found.update((path, entry) for path, entry in unknown.items() if _has(trees, path, entry))
        except (BadFormat, BadPointer, DataMissing):
            continue
    return found


def _has(trees: Trees, path: bytes, entry: Entry) -> bool:
    try:
        there = trees.find(path)
    except OutOfStep:
        return False
    # An empty directory may have been made for files that never came.
    return there == entry or (there is not None and there.kind == entry.kind == "dir")
