"""The text that a pointer is to have for what its data is now."""

from gitdata.formats import pointer
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.intake import Taken


def listing_limit(place: Workspace) -> int:
    """The entries up to which a pointer lists its files itself."""
    return place.config.integer("gitdata.listingLimit", pointer.LISTING_LIMIT)


def pointer_text(place: Workspace, path: bytes, taken: Taken, before: bytes | None, recorded: EarlierTexts) -> bytes:
    """The text for what was taken in: that of `before`, the index or the last commit when it names the same version."""
    if taken.listing is None:
        return pointer.encode_tree_form(taken.root, taken.files, taken.size)
    limit = listing_limit(place)
    text = pointer_files.text_for(taken.listing, [before], limit, lambda: taken.root)
    if text == before:
        return text
    return pointer_files.text_for(taken.listing, [before, *recorded(path)], limit, lambda: taken.root)
