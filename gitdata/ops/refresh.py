"""Refresh: bring the pointer files up to date with the data, so that Git sees data edits (live status)."""

from dataclasses import dataclass

from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.workspace import Workspace
from gitdata.worktree import pointing
from gitdata.worktree.snapshot import observe

_MARGIN_NS = 20_000_000  # a file may change within the clock tick in which the scan began


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found."""

    changed: tuple[bytes, ...]  # pointers rewritten
    pending: tuple[bytes, ...]  # pointers that moved without their data: left alone


def refresh(place: Workspace) -> Refreshed:
    """Hash what changed and rewrite the pointers concerned; nothing is stored yet.

    A pointer that is not equal to its base is never touched: its data has still to follow it.
    The base moves along, so that Git's own commands can discard these edits as they discard others.
    """
    changed, pending, watched = [], [], []
    state = place.state
    with state.locked(wait=False):
        started = state.now_ns()
        for path in state.known():
            root = place.root(path)
            text = pointing.read(root)
            if text is None:
                continue
            if text != state.base(path):
                pending.append(path)
                continue
            seen = observe(root, state, ignore.matcher(place.repository.top, root.path))
            if not seen.present:
                continue
            watched += [root.path, path]
            new = pointing.text_for(
                seen.listing, text, place.config.integer("gitdata.listingLimit", pointer.LISTING_LIMIT)
            )
            if new != text:
                if pointer.parse(new).form == "tree":
                    with place.open_store() as store:
                        pointing.keep_trees(seen.listing, store)
                pointing.write(root, new)
                state.set_base(path, new)
                changed.append(path)
        if pending:
            state.unset_live()
        else:
            state.set_live(watched, started - _MARGIN_NS)
    return Refreshed(tuple(changed), tuple(pending))
