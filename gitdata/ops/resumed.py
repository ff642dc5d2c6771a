"""Resumed: what counts as the base of data that was on its way to another version when a process was killed."""

from dataclasses import dataclass

from gitdata.errors import BadFormat, BadPointer, DataMissing
from gitdata.formats.tree import Listing
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import merging, pointing


@dataclass(frozen=True, slots=True)
class Resumed:
    """What is known of data before anybody edited it."""

    before: Listing | None  # None: nothing
    certain: bool  # False: what looks like an edit may be of a version that nobody knows any more


def resumed(place: Workspace, path: bytes, base: Listing | None, here: Listing, store: Store) -> Resumed:
    """What the data (`here`) of the pointer at `path` was: `base`, unless a run that was cut off has changed it."""
    aims = place.state.unfinished().get(path)
    if aims is None:
        return Resumed(base, certain=True)
    listings = []
    certain = bool(aims)
    for text in aims:
        try:
            listings.append(pointing.listing_of(pointing.parse(path, text), store))
        except (BadFormat, BadPointer, DataMissing):
            certain = False
    return Resumed(merging.resumed(base, listings, here) if listings else base, certain)
