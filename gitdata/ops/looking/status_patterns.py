"""Status of pattern files: Git compares them itself, through the filter; here it is only put into words."""

import os

from gitdata.git import patterns
from gitdata.ops.looking.file_changes import Change, Kind
from gitdata.ops.looking.status import Condition, RootStatus
from gitdata.ops.patterns import pattern_files
from gitdata.workspace import Workspace

_KINDS: dict[str, Kind] = {"A": "added", "D": "deleted", "M": "modified", "T": "modified", "R": "renamed"}


def status_patterns(place: Workspace, *, renames: bool = True) -> RootStatus | None:
    """All pattern files together, under the names of their patterns; None when nothing is tracked by pattern."""
    held = patterns.here(place.git, place.repository.top)
    if not held:
        return None
    files = pattern_files.staged(place)
    pointers = [path for path, file in files.items() if pattern_files.left_as_pointer(place, file)]
    left = [path for path in pointers if place.takes(path)]
    outside = [files[path].entry.size for path in pointers if not place.takes(path)]
    changes = _changes(place, sorted({pattern.pathspec for pattern in held}), renames=renames)
    condition: Condition = "modified" if changes else "absent" if left else "clean"
    notes = [f"{len(left)} only as pointers, bring them with `git data pull`"] if left else []
    if whole := pattern_files.held_by_git(place):
        notes.append(f"{len(whole)} in Git itself, make them pointers with `git add --renormalize`")
    size = sum(file.entry.size for file in files.values())
    names = b" ".join(pattern.folder + b"/" + pattern.text if pattern.folder else pattern.text for pattern in held)
    return RootStatus(names, condition, len(files), size, changes, "; ".join(notes), len(outside), sum(outside))


def _changes(place: Workspace, specs: list[str], *, renames: bool) -> tuple[Change, ...]:
    # Git compares pointers: two that are only similar have nothing to do with each other.
    how = "--find-renames=100%" if renames else "--no-renames"
    answer = place.filtering.run("status", "--porcelain", "-z", "-uno", how, "--", *specs)
    found = []
    items = iter(answer.decode("utf-8", "surrogateescape").split("\0"))
    for item in items:
        marks, path = item[:2], os.fsencode(item[3:])
        was = os.fsencode(next(items, "")) if "R" in marks else None
        if path and patterns.is_pattern_file(path):
            kind: Kind = next((_KINDS[mark] for mark in "DRA" if mark in marks), "modified")
            recorded, edited = (_KINDS.get(mark) for mark in marks)
            found.append(Change(kind, path, _size(place, path), recorded, edited, was))
    return tuple(found)


def _size(place: Workspace, path: bytes) -> int:
    try:
        return os.lstat(os.path.join(os.fsencode(place.repository.top), path)).st_size
    except OSError:
        return 0
