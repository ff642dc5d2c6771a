"""Merge: three versions of a pointer into one, file by file."""

import os
from typing import Literal

from gitdata.formats import pointer
from gitdata.formats.names import parents
from gitdata.formats.tree import Entry, Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.roots.pointer_text import listing_limit
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_OURS, _THEIRS = b".ours", b".theirs"
ASIDE: dict[bytes, Literal["ours", "theirs"]] = {_OURS: "ours", _THEIRS: "theirs"}
"""What is put behind the name of a file in conflict, and whose version lies there."""


@frozen
class Merged:
    """The merged pointer, and the files that both sides changed."""

    text: bytes
    conflicts: tuple[bytes, ...]  # paths below the root; ours is in place, theirs beside it as NAME.theirs


def merge(place: Workspace, path: bytes, texts: tuple[bytes, bytes, bytes], progress: Progress = SILENT) -> Merged:
    """Merge the pointer texts of the ancestor, of ours and of theirs.

    An empty ancestor means that both sides added the pointer.
    A file that both sides changed differently leaves ours in place and theirs as `NAME.theirs`; one
    that a side deleted and the other changed stays. The result is always a pointer that can be read.
    """
    ancestor, ours, theirs = texts
    with progress.step(f"merging {os.fsdecode(path)}"), place.open_store() as store:
        supply = Supply(place, store, progress=progress)

        def listing(text: bytes) -> Listing:
            return supply.listing(Need(path, pointer_files.parse(path, text))) if text.strip() else {}

        base, mine, other = listing(ancestor), listing(ours), listing(theirs)
        merged, conflicts = merge_listings(base, mine, other)
        known = [ours, theirs, ancestor, *git_pointers.recorded(place.git, path)]
        text = pointer_files.text_for(merged, known, listing_limit(place))
        if pointer_files.parse(path, text).form == "tree":
            pointer_files.keep_trees(merged, store)
    return Merged(text, conflicts)


def merge_listings(base: Listing, ours: Listing, theirs: Listing) -> tuple[Listing, tuple[bytes, ...]]:
    """The three-way merge of listings, and the paths where both sides changed one file differently."""
    merged: Listing = {}
    conflicts = []
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if other in (mine, was):
            _put(merged, path, mine)
        elif mine == was:
            _put(merged, path, other)
        else:
            conflicts.append(path)
            _put(merged, path, mine if mine is not None else other)
            if path and mine is not None and other is not None:  # a single file's other version is in its commit
                _put(merged, path + _THEIRS, other)
    return _without_clashes(merged, ours, theirs, conflicts)


def _put(listing: Listing, path: bytes, entry: Entry | None) -> None:
    if entry is not None:
        listing[path] = entry


def _without_clashes(
    merged: Listing, ours: Listing, theirs: Listing, conflicts: list[bytes]
) -> tuple[Listing, tuple[bytes, ...]]:
    """One side made a file where the other has a directory: ours stays, the file of theirs moves aside."""
    above = parents(merged)
    result: Listing = {}
    for path, entry in merged.items():
        if path not in above:
            result[path] = entry
        elif entry.kind != "dir":  # an empty directory that the other side filled is simply not empty now
            mine_is_file = path in ours
            conflicts.append(path)
            result[path + (_OURS if mine_is_file and path not in theirs else _THEIRS)] = entry
    return result, tuple(sorted(conflicts))


def describe(path: bytes, conflicts: tuple[bytes, ...]) -> str:
    """How to go on, in one line."""
    data = pointer.data_path(path)
    names = ", ".join(os.fsdecode(data + b"/" + name if name else data) for name in conflicts[:3])
    more = f" and {len(conflicts) - 3} more" if len(conflicts) > 3 else ""
    return (
        f"both sides changed {names}{more}; ours is in place, theirs beside it as NAME.theirs. "
        "Take one side with `git data resolve --ours` or `git data resolve --theirs` (all files, or those you name), "
        f"or mend the files by hand, remove the rest and `git data add {os.fsdecode(data)}`; then commit"
    )
