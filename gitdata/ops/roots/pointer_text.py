"""The text that a pointer is to have for what its data is now."""

from gitdata.formats import pointer
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.snapshot import Snapshot


def listing_limit(place: Workspace) -> int:
    """The entries up to which a pointer lists its files itself."""
    return place.config.integer("gitdata.listingLimit", pointer.LISTING_LIMIT)


def pointer_text(place: Workspace, path: bytes, seen: Snapshot, before: bytes | None, recorded: EarlierTexts) -> bytes:
    """The text for what was seen: that of `before`, the index or the last commit when it names the same version."""
    limit = listing_limit(place)
    text = pointer_files.text_for(seen.listing, [before], limit, seen.root)
    if text == before:
        return text
    return pointer_files.text_for(seen.listing, [before, *recorded(path)], limit, seen.root)
