"""Sides: the versions of data roots in conflict, as Git has them in its index, and what merging them comes to."""

from collections.abc import Mapping

from gitdata.errors import UsageError
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.merging.merge import merge_listings, merged_contents
from gitdata.ops.roots.typed_paths import from_top
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Sides:
    """The three versions of a root that Git has in its index, and what merging them comes to."""

    texts: Mapping[int, bytes]  # pointer text by stage
    listings: Mapping[int, Listing]
    merged: Listing
    conflicts: tuple[bytes, ...]
    marked: Mapping[bytes, int]  # those of them with conflict markers in them, and their length


def _sides_of(place: Workspace, supply: Supply, path: bytes, stages: Mapping[int, str]) -> Sides:
    read = git_pointers.read(place.git, stages.values())
    texts = {stage: read[oid] for stage, oid in stages.items()}
    needs = {stage: Need(path, pointer_files.parse(path, text)) for stage, text in texts.items()}
    listings = {stage: supply.listing(need) for stage, need in needs.items()}
    three = listings.get(1, {}), listings.get(2, {}), listings.get(3, {})
    contents = merged_contents(place, supply, [needs.get(stage) for stage in (1, 2, 3)], three)
    merged, conflicts = merge_listings(*three, contents)
    marked = {name: length for name, (_entry, length) in contents.marked.items()}
    return Sides(texts, listings, merged, conflicts or ((b"",) if {2, 3} - texts.keys() else ()), marked)


@frozen
class Concerned:
    """A root in conflict, and the files of it that a person means."""

    sides: Sides
    files: tuple[bytes, ...]  # paths below the root


def concerned(place: Workspace, supply: Supply, paths: list[str]) -> dict[bytes, Concerned]:
    """By its pointer's path, every root in conflict with the files that `paths` mean (none: all of them).

    Raises `UsageError` for a path that is not in conflict.
    """
    unmerged = git_pointers.unmerged(place.git)
    wanted = [from_top(place, path.rstrip("/") or path) for path in paths]
    wanted = [data_path(path) if path in unmerged else path for path in wanted]
    found = {}
    for path, stages in unmerged.items():
        sides = _sides_of(place, supply, path, stages)
        files = tuple(file for file in sides.conflicts if not wanted or _is_meant(path, file, wanted))
        found[path] = Concerned(sides, files)
    for named, typed in zip(wanted, paths, strict=True):
        if not any(_is_meant(path, file, [named]) for path, one in found.items() for file in one.files):
            raise UsageError(f"{typed} is not in conflict", "see `git status`; name files or none at all")
    return found


def _is_meant(path: bytes, file: bytes, wanted: list[bytes]) -> bool:
    full = data_path(path) + (b"/" + file if file else b"")
    return any(full == name or full.startswith(name + b"/") for name in wanted)
