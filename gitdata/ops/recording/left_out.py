"""Left out: files that the last commit has and this one does not, only because a rule has come that ignores them."""

import os

from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.differing import differing
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Listing
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


def left_out(place: Workspace) -> tuple[bytes, ...]:
    """The paths of such files, relative to the top; all of them are still in the work tree."""
    before = git_pointers.at_head(place.git)
    now = {path: one.oid for path, one in git_pointers.in_index(place.git).pointers.items() if one.stage == 0}
    differ = [path for path, oid in now.items() if before.get(path, oid) != oid]
    ruled = [path for path in differ if ignore.ruled(place.repository.top, place.root(path).path)]
    if not ruled:
        return ()
    texts = git_pointers.read(place.git, [oid for path in ruled for oid in (before[path], now[path])])
    found: list[bytes] = []
    with place.open_store() as store:
        for path in ruled:
            try:
                old, new = (pointer_files.parse(path, texts[oids[path]]) for oids in (before, now))
                found += _ignored(place, path, _gone(store, old, new))
            except (BadPointer, DataMissing):
                continue  # what the last commit had is not known here
    return tuple(sorted(found))


def _gone(store: Store, old: Pointer, new: Pointer) -> Listing:
    """What `old` lists and `new` does not."""
    if old.tree_root is not None and new.tree_root is not None:
        was, now = differing(old.root(), new.root(), store.tree)
    else:
        was, now = (pointer_files.listing_of(value, store) for value in (old, new))
    return {path: entry for path, entry in was.items() if path not in now}


def _ignored(place: Workspace, path: bytes, gone: Listing) -> list[bytes]:
    root = place.root(path)
    ignored = ignore.matcher(place.repository.top, root.path)
    if ignored is None:
        return []
    return [
        os.path.join(root.path, name)
        for name, entry in gone.items()
        if os.path.lexists(os.path.join(root.full, name)) and _matches(ignored, name, entry.kind == "dir")
    ]


def _matches(ignored: ignore.Matcher, name: bytes, is_directory: bool) -> bool:
    """Whether a rule leaves it out, or a folder above it."""
    parts = name.split(b"/")
    above = (b"/".join(parts[:count]) for count in range(1, len(parts)))
    return ignored(name, is_directory) or any(ignored(folder, True) for folder in above)
