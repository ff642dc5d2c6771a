"""What live status knows since its last complete look: whether data still is what its pointer said."""

from pathlib import Path

from gitdata.errors import DataMissing, FileChanging
from gitdata.formats import pointer
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import TREE_LIMIT, Listing
from gitdata.git import ignore
from gitdata.ids import RootId
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointing
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.touched import touched
from gitdata.worktree.trees import OutOfStep
from gitdata.worktree.update import Version, update


def last_look(place: Workspace, root: DataRoot, text: bytes) -> Path | None:
    """The file whose time is that of a look since which only what was touched has to be looked at again.

    None when that does not do for the pointer `text`. Many files have a pointer in tree form; for few
    it is no slower to look at everything.
    """
    if pointer.form_of(text) != "tree" or not place.state.served(root.pointer, text):
        return None
    stamp = place.state.looked(root.path)
    return None if stamp is None or ignore.ruled(place.repository.top, root.path) else stamp


def differences(place: Workspace, root: DataRoot, value: Pointer, store: Store) -> tuple[Listing, Listing] | None:
    """Where the base, which the data is equal to, and the pointer `value` differ: what both list there (`differing`).

    None when it takes a look at all the data to tell whether it is, or when trees have to be fetched first.
    """
    text = place.state.base(root.pointer)
    if text is None or value.form != "tree" or not _is_as(place, root, text, store):
        return None
    base = pointing.parse(root.pointer, text)
    try:
        return differing(base.root(), value.root(), lambda tree: store.read(tree, TREE_LIMIT))
    except DataMissing:
        return None


def _is_as(place: Workspace, root: DataRoot, text: bytes, store: Store) -> bool:
    stamp = last_look(place, root, text)
    found = touched(root.full, stamp) if stamp is not None else None
    if not found:
        return found is not None
    value = pointing.parse(root.pointer, text)
    version = Version(value.root(), value.files, value.size)
    try:
        with store.ingest() as ingest:
            return update(root, version, found, place.state, store, ingest).version.root == RootId(value.root())
    except (OutOfStep, FileChanging):
        return False
