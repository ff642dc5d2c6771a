"""Refresh: bring the pointer files up to date with the data, so that Git sees data edits (live status)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gitdata.errors import FileChanging
from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.ids import BlobId
from gitdata.store.sources import Source, Stored, hash_sources
from gitdata.workspace import Workspace
from gitdata.worktree import pointing
from gitdata.worktree.snapshot import complete, observe

_STORED_FROM = 8 << 20  # bytes that are worth reading only once


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found."""

    changed: tuple[bytes, ...] = ()  # pointers rewritten
    pending: tuple[bytes, ...] = ()  # pointers that moved without their data: left alone
    busy: tuple[bytes, ...] = ()  # pointers with files that are being written right now: left for later


def refresh(place: Workspace) -> Refreshed:
    """Look at what changed and rewrite the pointers concerned.

    Small edits are only hashed; much new data is stored at once, because it would have to be read
    again by the commit. A pointer that is not equal to its base is never touched: its data has
    still to follow it. The base moves along, so that Git's own commands can discard these edits as
    they discard others.
    """
    outcomes: dict[str, list[bytes]] = {"changed": [], "pending": [], "busy": [], "same": [], "absent": []}
    state = place.state
    with state.locked(wait=False):
        started = state.now_ns()
        for path in state.known():
            try:
                outcomes[_refresh_one(place, path)].append(path)
            except FileChanging:
                outcomes["busy"].append(path)
        if outcomes["pending"] or outcomes["busy"]:
            state.unset_live()
        else:
            state.set_live(map(pointer.data_path, outcomes["changed"] + outcomes["same"]), started)
    return Refreshed(tuple(outcomes["changed"]), tuple(outcomes["pending"]), tuple(outcomes["busy"]))


def _refresh_one(place: Workspace, path: bytes) -> str:
    """Bring one pointer up to date; how it was found."""
    root, state = place.root(path), place.state
    text = pointing.read(root)
    if text is None:
        return "absent"
    if text != state.base(path):
        return "pending"
    reading = _Reading(place)
    seen = observe(root, state, ignore.matcher(place.repository.top, root.path), reading.read)
    if not seen.present:
        return "absent"
    limit = place.config.integer("gitdata.listingLimit", pointer.LISTING_LIMIT)
    new = pointing.text_for(seen.listing, [text], limit, seen.root)
    if new == text:
        return "same"
    new = pointing.text_for(seen.listing, [text, *git_pointers.recorded(place.git, path)], limit, seen.root)
    if reading.keeps:
        with place.open_store() as store, store.ingest() as ingest:
            complete(root, seen, store, ingest, reading.kept)
    elif pointer.form_of(new) == "tree":
        with place.open_store() as store:
            pointing.keep_trees(seen.listing, store)
    pointing.write(root, new)
    state.set_base(path, new)
    if reading.keeps:
        state.set_served(path, new, place.epoch)
    return "changed"


@dataclass(slots=True)
class _Reading:
    """Reads what changed: hashed only, or stored as well when it is much."""

    place: Workspace
    keeps: bool = False
    kept: set[BlobId] = field(default_factory=set)

    def read(self, sources: Iterable[Source]) -> Iterator[Stored]:
        found = list(sources)
        self.keeps = sum(source.size for source in found) >= _STORED_FROM
        if not self.keeps:
            yield from hash_sources(found)
            return
        with self.place.open_store() as store, store.ingest() as ingest:
            for item in ingest.add_files(found):
                self.kept.add(item.blob)
                yield item
