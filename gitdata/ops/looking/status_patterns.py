"""Status of pattern files: Git compares them itself, through the filter; here it is only put into words."""

import os

from gitdata.git import patterns
from gitdata.ops.looking.status import Change, Condition, Kind, RootStatus
from gitdata.ops.patterns import pattern_files
from gitdata.workspace import Workspace

_KINDS: dict[str, Kind] = {"A": "added", "D": "deleted", "M": "modified", "T": "modified"}


def status_patterns(place: Workspace) -> RootStatus | None:
    """All pattern files together, under the names of their patterns; None when nothing is tracked by pattern."""
    held = patterns.here(place.git, place.repository.top)
    if not held:
        return None
    files = pattern_files.staged(place)
    pointers = [path for path, file in files.items() if pattern_files.left_as_pointer(place, file)]
    left = [path for path in pointers if place.takes(path)]
    outside = [files[path].entry.size for path in pointers if not place.takes(path)]
    changes = _changes(place, sorted({pattern.pathspec for pattern in held}))
    condition: Condition = "modified" if changes else "absent" if left else "clean"
    notes = [f"{len(left)} only as pointers, bring them with `git data pull`"] if left else []
    if whole := pattern_files.held_by_git(place):
        notes.append(f"{len(whole)} in Git itself, make them pointers with `git add --renormalize`")
    size = sum(file.entry.size for file in files.values())
    names = b" ".join(pattern.folder + b"/" + pattern.text if pattern.folder else pattern.text for pattern in held)
    return RootStatus(names, condition, len(files), size, changes, "; ".join(notes), len(outside), sum(outside))


def _changes(place: Workspace, specs: list[str]) -> tuple[Change, ...]:
    answer = place.filtering.run("status", "--porcelain", "-z", "-uno", "--no-renames", "--", *specs)
    found = []
    for item in answer.decode("utf-8", "surrogateescape").split("\0"):
        marks, path = item[:2], os.fsencode(item[3:])
        if path and patterns.is_pattern_file(path):
            kind: Kind = next((_KINDS[mark] for mark in "DA" if mark in marks), "modified")
            found.append(Change(kind, path, _size(place, path), *(_KINDS.get(mark) for mark in marks)))
    return tuple(found)


def _size(place: Workspace, path: bytes) -> int:
    try:
        return os.lstat(os.path.join(os.fsencode(place.repository.top), path)).st_size
    except OSError:
        return 0
