"""Resumed: what counts as the base of data that was on its way to another version when a process was killed."""

import os

from gitdata.errors import BadFormat, BadPointer, DataMissing
from gitdata.formats.names import parents
from gitdata.formats.tree import Listing
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import changes
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import merging, pointer_files
from gitdata.worktree.snapshot import Snapshot


@frozen
class Resumed:
    """What is known of data before anybody edited it."""

    before: Listing | None  # None: nothing
    certain: bool  # False: what looks like an edit may be of a version that nobody knows any more


def with_shown(place: Workspace, path: bytes, base: Listing | None, seen: Snapshot) -> Listing | None:
    """`base` with the edits that live status has shown to Git and that are as they were: Git's to discard."""
    edits = place.state.edits(path)
    if base is None or edits is None or not edits.found:
        return base
    before = dict(base)
    for name, entry in edits.still(seen.scan, seen.listing).items():
        if entry is None:
            before.pop(name, None)
        else:
            before[name] = entry
    return before


def with_earlier(
    place: Workspace, path: bytes, before: Listing | None, here: Listing, target: Listing, store: Store
) -> Listing | None:
    """`before` with those files of `here`, unknown to it and to the `target`, that some version has as they are.

    They are recorded, so they may be taken away. What counts are versions in the commits of all refs and reflogs
    whose trees are in `store`.
    """
    unknown = {name: entry for name, entry in here.items() if name not in (before or {}) and name not in target}
    if not unknown:
        return before
    found: Listing = {}
    history = changes(place.git, ["--all", "--reflog"], [], [f":(top,literal){os.fsdecode(path)}"])
    for text in git_pointers.read(place.git, [item.oid for item in history if item.oid.strip("0")]).values():
        try:
            version = pointer_files.listing_of(pointer_files.parse(path, text), store)
        except (BadFormat, BadPointer, DataMissing):
            continue
        above = parents(version)
        for name, entry in unknown.items():
            # An empty directory may have been made for files that never came.
            if version.get(name) == entry or (entry.kind == "dir" and name in above):
                found[name] = entry
    return {**(before or {}), **found} if found else before


def resumed(place: Workspace, path: bytes, base: Listing | None, here: Listing, store: Store) -> Resumed:
    """What the data (`here`) of the pointer at `path` was: `base`, unless a run that was cut off has changed it."""
    aims = place.state.unfinished().get(path)
    if aims is None:
        return Resumed(base, certain=True)
    listings = []
    certain = bool(aims)
    for text in aims:
        try:
            listings.append(pointer_files.listing_of(pointer_files.parse(path, text), store))
        except (BadFormat, BadPointer, DataMissing):
            certain = False
    return Resumed(merging.resumed(base, listings, here) if listings else base, certain)
