"""Ls: the tracked files of the work tree's pointers or of a revision's."""

import os

from gitdata.errors import BadFormat, BadPointer, DataCorrupt, DataMissing, GitDataError, NotTracked, UnsafeName
from gitdata.formats.pointer import Pointer, data_path, parse
from gitdata.formats.tree import Kind
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.absent import together
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.needed_versions import bad_in_commit
from gitdata.ops.transfer.obtain import Supply
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Item:
    """One tracked file, link or empty directory."""

    path: bytes  # relative to the top of the work tree
    kind: Kind
    size: int  # bytes
    blob: bytes
    here: bool  # its bytes are in this clone's store


@frozen
class Listed:
    """What can be listed, and what stands in the way of the rest."""

    items: tuple[Item, ...]
    error: GitDataError | None = None


def ls(place: Workspace, revision: str | None = None, paths: tuple[bytes, ...] = ()) -> Listed:
    """List what the pointers name, below `paths` when given (relative to the top).

    Raises `NotTracked` when a path is neither a data root nor below one.
    """
    if revision is None:
        texts = {path: pointer_files.recorded(place.root(path), place.state) for path in roots(place).pointers}
    else:
        oids = git_pointers.at(place.git, revision)
        contents = git_pointers.read(place.git, list(oids.values()))
        texts = {path: contents[oid] for path, oid in oids.items()}
    items: list[Item] = []
    failures: list[GitDataError] = []
    with place.open_store() as store:
        supply = Supply(place, store)
        for pointer_path, text in sorted(texts.items()):
            if text is None or not _concerns(data_path(pointer_path), paths):
                continue
            try:
                listing = supply.listing(Need(pointer_path, _parsed(pointer_path, text, revision)))
            except (BadFormat, BadPointer, DataCorrupt, DataMissing, UnsafeName) as error:
                failures.append(error)
                continue
            held = store.has({entry.id for entry in listing.values()})
            for path, entry in sorted(listing.items()):
                full = data_path(pointer_path) + (b"/" + path if path else b"")
                if not paths or any(_within(full, wanted) for wanted in paths):
                    items.append(Item(full, entry.kind, entry.size, entry.id, entry.kind == "dir" or entry.id in held))
        items += _pattern_items(place, store, revision, paths)
    items.sort(key=lambda item: item.path)
    for wanted in paths:
        if not failures and not any(_within(item.path, wanted) for item in items):
            raise NotTracked(f"{os.fsdecode(wanted)} is not tracked data")
    return Listed(tuple(items), together(failures) if failures else None)


def _parsed(path: bytes, text: bytes, revision: str | None) -> Pointer:
    if revision is None:
        return pointer_files.parse(path, text)
    try:
        return parse(text)
    except BadPointer as error:
        raise bad_in_commit(path, revision, error) from error


def _pattern_items(place: Workspace, store: Store, revision: str | None, paths: tuple[bytes, ...]) -> list[Item]:
    if revision is None:
        found = {path: file.entry for path, file in pattern_files.staged(place).items()}
    else:
        found = pattern_files.at(place, revision)
    held = store.has(entry.id for entry in found.values())
    return [
        Item(path, entry.kind, entry.size, entry.id, entry.id in held)
        for path, entry in found.items()
        if not paths or any(_within(path, wanted) for wanted in paths)
    ]


def _within(path: bytes, wanted: bytes) -> bool:
    return path == wanted or path.startswith(wanted + b"/")


def _concerns(data: bytes, paths: tuple[bytes, ...]) -> bool:
    return not paths or any(_within(path, data) or _within(data, path) for path in paths)
