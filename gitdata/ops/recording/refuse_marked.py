"""Refuse marked: no commit brings along a file in which a merge has left conflict markers."""

import os

from gitdata.errors import BadPointer, DataMissing, Unfinished
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Listing
from gitdata.git import objects
from gitdata.git import pointers as git_pointers
from gitdata.store.store import Store
from gitdata.wording import some_of
from gitdata.workspace import Workspace
from gitdata.worktree import marked, pointer_files


def refuse_marked(place: Workspace) -> None:
    """Look at the staged version of every file that a merge has marked; what was mended is not looked at again.

    What the last commit has with its markers was committed so on purpose. Raises `Unfinished` naming the others.
    """
    noted = marked.load(place.state.directory)
    if not noted:
        return
    with place.open_store() as store:
        listings = {path: (_staged(place, store, path), _committed(place, store, path)) for path, _name in noted}
        left = {}
        for (path, name), length in noted.items():
            staged, committed = (listing.get(name) for listing in listings[path])
            if staged != committed and marked.still_marked(store, staged, length):
                left[path, name] = length
    marked.save(place.state.directory, left)
    if left:
        names = [data_path(path) + (b"/" + name if name else b"") for path, name in sorted(left)]
        raise Unfinished(
            f"conflict markers are still in {some_of(names, os.fsdecode)}",
            "mend what they mark and stage it with `git data add`, or `git commit --no-verify`",
        )


def _staged(place: Workspace, store: Store, path: bytes) -> Listing:
    return _listing(store, path, git_pointers.staged_text(place.git, path))


def _committed(place: Workspace, store: Store, path: bytes) -> Listing:
    return _listing(store, path, objects.committed(place.git, path, git_pointers.LIMIT))


def _listing(store: Store, path: bytes, text: bytes | None) -> Listing:
    try:
        return {} if text is None else pointer_files.listing_of(pointer_files.parse(path, text), store)
    except (BadPointer, DataMissing):
        return {}
