"""Where the data has to change for another version, without a look at all of it."""

from typing import TYPE_CHECKING

from gitdata.errors import DataMissing
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Listing
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.as_expected import as_expected
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.snapshot import Snapshot, described

if TYPE_CHECKING:  # only a work tree that takes a part of its data needs it
    from gitdata.worktree.part import Within


def differences(place: Workspace, root: DataRoot, value: Pointer, store: Store) -> tuple[Snapshot, Listing] | None:
    """What is here and what the pointer `value` lists where it differs from the base (`differing`).

    Only where the data is as in the base. What was edited elsewhere stays as it is, whatever it is. None when
    it takes a look at all of the data to tell what to do, or when trees have to be fetched first.
    """
    text = place.state.base(root.pointer)
    edits = place.state.edits(root.pointer)
    if edits is not None and edits.found:
        return None
    if text is None or value.form != "tree" or root.pointer in place.state.unfinished():
        return None
    if place.part is not None and not place.part.is_settled(root.pointer, root.path):
        return None
    base = pointer_files.parse(root.pointer, text)
    if base.form != "tree":
        return None
    try:
        before, after = differing(base.root(), value.root(), store.tree)
    except DataMissing:
        return None
    if root.within is not None:
        before, after = (_here(root.within, listing) for listing in (before, after))
    began_ns = place.state.now_ns()
    found = as_expected(root, before, after, place.state.lookup(root.pointer))
    return (described(before, found, began_ns), after) if found is not None else None


def _here(within: "Within", listing: Listing) -> Listing:
    return {path: entry for path, entry in listing.items() if not within.is_absent(path, entry)}
