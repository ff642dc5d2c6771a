"""Merge: three versions of a pointer into one, file by file."""

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from gitdata.errors import GitDataError
from gitdata.formats import pointer
from gitdata.formats.names import parents
from gitdata.formats.tree import Entry, Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.merging.contents import Contents, Versions, Way, merge_contents
from gitdata.ops.merging.narrowed import narrowed
from gitdata.ops.roots.pointer_text import listing_limit
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import field, frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_OURS, _THEIRS = b".ours", b".theirs"
ASIDE: dict[bytes, Literal["ours", "theirs"]] = {_OURS: "ours", _THEIRS: "theirs"}
"""What is put behind the name of a file in conflict, and whose version lies there."""


@frozen
class Merged:
    """The merged pointer, and the files that both sides changed."""

    text: bytes
    conflicts: tuple[bytes, ...] = ()  # paths below the root; ours is in place, theirs beside it as NAME.theirs
    marked: Mapping[bytes, int] = field(default_factory=dict)  # paths with conflict markers in them, and their length
    structured: Mapping[bytes, str] = field(default_factory=dict)  # paths merged by rows or keys
    reason: GitDataError | None = None  # why contents could not be merged


def merge(
    place: Workspace,
    path: bytes,
    texts: tuple[bytes, bytes, bytes],
    way: Way = Way(),  # noqa: B008 - a value, never changed
    progress: Progress = SILENT,
) -> Merged:
    """Merge the pointer texts of the ancestor, of ours and of theirs.

    An empty ancestor means that both sides added the pointer.
    A text file that both sides changed is merged as Git merges it, if need be with conflict markers. Any other leaves
    ours in place and theirs as `NAME.theirs`; one that a side deleted and the other changed stays. The result is
    always a pointer that can be read.
    """
    with progress.step(f"merging {os.fsdecode(path)}"), place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        needs = [Need(path, pointer_files.parse(path, text)) if text.strip() else None for text in texts]
        ancestor, ours, theirs = texts
        known, limit = [ours, theirs, ancestor, *git_pointers.recorded(place.git, path)], listing_limit(place)
        near = narrowed(store, [need.value if need is not None else None for need in needs], tuple(ASIDE))
        if near is not None:
            merged, left, contents = _merged(place, supply, needs, near.listings, way)
            if (text := near.text(merged, known, limit)) is not None:
                return _result(text, left, contents)
        base, mine, other = (supply.listing(need) if need is not None else {} for need in needs)
        merged, left, contents = _merged(place, supply, needs, (base, mine, other), way)
        return _result(_text(store, merged, known, limit), left, contents)


def _merged(
    place: Workspace,
    supply: Supply,
    needs: Sequence[Need | None],
    listings: tuple[Listing, Listing, Listing],
    way: Way,
) -> tuple[Listing, tuple[bytes, ...], Contents]:
    """What comes of the listings, the paths in conflict, and what became of contents."""
    contents = merged_contents(place, supply, needs, listings, way)
    merged, conflicts = merge_listings(*listings, contents, among_ancestors=way.among_ancestors)
    return merged, conflicts, contents


def _result(text: bytes, conflicts: Sequence[bytes], contents: Contents) -> Merged:
    marked = {name: length for name, (_entry, length) in contents.marked.items()}
    left = tuple(name for name in conflicts if name not in marked)
    return Merged(text, left, marked, contents.structured, contents.reason)


def _text(store: Store, merged: Listing, known: Sequence[bytes], limit: int) -> bytes:
    """The text for a whole listing; its trees are in the store if they have to be."""
    text = pointer_files.text_for(merged, known, limit)
    if pointer.form_of(text) == "tree":
        pointer_files.keep_trees(merged, store)
    return text


def merged_contents(
    place: Workspace,
    supply: Supply,
    needs: Sequence[Need | None],
    listings: tuple[Listing, Listing, Listing],
    way: Way = Way(),  # noqa: B008 - a value, never changed
) -> Contents:
    """What becomes of the files that both sides changed; `needs` and `listings` are the three versions."""
    base, ours, theirs = listings
    files: dict[bytes, Versions] = {}
    for path in ours.keys() & theirs.keys():
        was, mine, other = base.get(path), ours[path], theirs[path]
        if _settled(was, mine, other) is None and mine.id != other.id and _are_files(mine, other):
            files[path] = (was if was is not None and _are_files(was) else None, mine, other)
    if not files:
        return Contents()
    return merge_contents(place, supply, [need for need in reversed(needs) if need is not None], files, way)


def merge_listings(
    base: Listing,
    ours: Listing,
    theirs: Listing,
    contents: Contents | None = None,
    *,
    among_ancestors: bool = False,
) -> tuple[Listing, tuple[bytes, ...]]:
    """The three-way merge of listings, and the paths where both sides changed one file differently.

    `contents` says what became of files whose content both sides changed. `among_ancestors` what is in conflict stays
    as the ancestor had it: a side that is taken there would make the other one win silently in the end.
    """
    known = contents or Contents()
    merged: Listing = {}
    conflicts = []
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if other in (mine, was):
            _put(merged, path, mine)
        elif mine == was:
            _put(merged, path, other)
        elif mine and other and (both := known.merged.get(path) or _settled(was, mine, other)):
            merged[path] = both
        elif path in known.marked:
            conflicts.append(path)
            merged[path] = known.marked[path][0]
        elif among_ancestors:
            conflicts.append(path)
            _put(merged, path, was)
        else:
            conflicts.append(path)
            _put(merged, path, mine if mine is not None else other)
            if path and mine is not None and other is not None:  # a single file's other version is in its commit
                _put(merged, path + _THEIRS, other)
    return _without_clashes(merged, ours, theirs, conflicts)


def _are_files(*entries: Entry) -> bool:
    return all(entry.kind in ("file", "exec") for entry in entries)


def _settled(was: Entry | None, mine: Entry, other: Entry) -> Entry | None:
    """The file when content and mode are changed on one side each; None when both sides changed one of them."""
    if was is None or not _are_files(was, mine, other):
        return None
    kind = other.kind if mine.kind in (other.kind, was.kind) else mine.kind
    if mine.id in (other.id, was.id):
        return Entry(kind, other.size, other.id)
    return Entry(kind, mine.size, mine.id) if other.id == was.id else None


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


def describe(path: bytes, merged: Merged) -> list[str]:
    """How to go on, a line for files with markers and one for those of which theirs lies beside."""
    data = pointer.data_path(path)
    lines = [
        f"{_names(data, sorted(name for name, way in merged.structured.items() if way == how))} merged {how}"
        for how in sorted(set(merged.structured.values()))
    ]
    if merged.reason is not None:
        lines.append(f"contents in {os.fsdecode(data)} could not be merged: {merged.reason}")
    if merged.marked:
        lines.append(
            f"both sides changed {_names(data, sorted(merged.marked))}; conflict markers show where. "
            f"Mend by hand and `git data add {os.fsdecode(data)}`, "
            "or take one side with `git data resolve --ours` or `git data resolve --theirs`; then commit"
        )
    if merged.conflicts:
        lines.append(
            f"both sides changed {_names(data, merged.conflicts)}; ours is in place, theirs beside it as NAME.theirs. "
            "Take one side with `git data resolve --ours` or `git data resolve --theirs` (all files, or those you "
            f"name), or mend the files by hand, remove the rest and `git data add {os.fsdecode(data)}`; then commit"
        )
    return lines


def _names(data: bytes, paths: Sequence[bytes]) -> str:
    names = ", ".join(os.fsdecode(data + b"/" + name if name else data) for name in paths[:3])
    return names + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
