"""Refresh: bring the pointer files up to date with the data, so that Git sees data edits (live status)."""

from dataclasses import dataclass

from gitdata.errors import FileChanging
from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.ids import BlobId
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointing
from gitdata.worktree.snapshot import complete, keeping, observe, remember


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found."""

    changed: tuple[bytes, ...] = ()  # pointers rewritten
    pending: tuple[bytes, ...] = ()  # pointers that moved without their data: left alone
    busy: tuple[bytes, ...] = ()  # pointers with files that are being written right now: left for later


def refresh(place: Workspace) -> Refreshed:
    """Look at what changed and rewrite the pointers concerned.

    What changed is stored at once: a commit would have to read it again, and `git status` makes Git clean
    the pointer, which has to be one that can be served. A pointer that is not equal to its base is never
    touched: its data has still to follow it. The base moves along, so that Git's own commands can
    discard these edits as they discard others.
    """
    outcomes: dict[str, list[bytes]] = {"changed": [], "pending": [], "busy": [], "same": [], "absent": []}
    state = place.state
    # The store comes first: what is known to be stored counts only when it has lost nothing since.
    with state.locked(wait=False), place.open_store() as store:
        started = state.now_ns()
        for path in state.known():
            try:
                outcomes[_refresh_one(place, path, store)].append(path)
            except FileChanging:
                outcomes["busy"].append(path)
        if outcomes["pending"] or outcomes["busy"]:
            state.unset_live()
        else:
            state.set_live(map(pointer.data_path, outcomes["changed"] + outcomes["same"]), started)
    return Refreshed(tuple(outcomes["changed"]), tuple(outcomes["pending"]), tuple(outcomes["busy"]))


def _refresh_one(place: Workspace, path: bytes, store: Store) -> str:
    """Bring one pointer up to date, and the store with it; how it was found."""
    root, state = place.root(path), place.state
    text = pointing.read(root)
    if text is None:
        return "absent"
    if text != state.base(path):
        return "pending"
    with store.ingest() as ingest:
        kept: set[BlobId] = set()
        seen = observe(root, state, ignore.matcher(place.repository.top, root.path), keeping(ingest, kept))
        if not seen.present:
            return "absent"
        limit = place.config.integer("gitdata.listingLimit", pointer.LISTING_LIMIT)
        new = pointing.text_for(seen.listing, [text], limit, seen.root)
        if new != text:
            new = pointing.text_for(seen.listing, [text, *git_pointers.recorded(place.git, path)], limit, seen.root)
            complete(root, seen, store, ingest, kept)
    remember(root, state, seen)
    if new == text:
        return "same"
    pointing.write(root, new)
    state.set_base(path, new)
    state.set_served(path, new)
    return "changed"
