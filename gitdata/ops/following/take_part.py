"""Take a part: say which part of the data this work tree has, and let the data follow at once."""

import os
from collections.abc import Iterable, Sequence

from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.part_patterns import checked
from gitdata.formats.pointer import data_path
from gitdata.git import patterns as git_patterns
from gitdata.ops.following.fill_pattern_files import fill_pattern_files
from gitdata.ops.following.materialise import materialise
from gitdata.ops.following.moved import Materialised
from gitdata.ops.roots.known import roots
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace
from gitdata.worktree import part, pointer_files
from gitdata.worktree.left_out import entries_of
from gitdata.worktree.part_rules import matcher


@frozen
class TakenPart:
    """What a work tree takes now, and what was done for it."""

    patterns: tuple[bytes, ...]  # none: everything
    unmatched: tuple[bytes, ...]  # those of them that match nothing of what is checked out
    outside: tuple[bytes, ...]  # files, from the top, that stay although they are outside: edited or not recorded
    done: Materialised


def patterns_of(place: Workspace) -> tuple[bytes, ...]:
    """The patterns of the part that the work tree takes; none: everything."""
    return (place.part.wanted if place.part is not None else None) or ()


def take_part(
    place: Workspace, words: Sequence[bytes], *, more: bool = False, progress: Progress = SILENT
) -> TakenPart:
    """Take what the patterns `words` name (none: everything), with `more` beside what is taken so far.

    What is new in the part is fetched and written, unchanged files outside of it go, all others stay. Raises
    `UsageError` for a pattern that can match nothing, before anything is touched.
    """
    wanted = checked((*(patterns_of(place) if more else ()), *words))
    with place.state.locked():
        part.save(place.state.directory, wanted)
    configured = place.config.all("gitdata.sparse")
    place = replace(place, part=part.load(place.state.directory, configured))
    pointers = [path for path in roots(place).pointers if not _as_before(place, path)]
    done = materialise(place, pointers, fit=True, progress=progress)
    done += fill_pattern_files(place, None, progress)
    if not wanted:
        part.forget(place.state.directory, configured=bool(configured))
    outside = (data_path(moved.pointer) + b"/" + path for moved in done.roots for path in moved.outside)
    return TakenPart(wanted, unmatched(place, wanted), tuple(outside), done)


def _as_before(place: Workspace, path: bytes) -> bool:
    """Whether nothing was ever left out of a root, nor is."""
    return place.part is None and os.path.lexists(place.root(path).full)


def unmatched(place: Workspace, patterns: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those patterns that match nothing of what the pointers in the work tree and the index name."""
    left = {pattern: matcher(pattern) for pattern in patterns if not pattern.startswith(b"!")}
    with place.open_store() as store:
        for path in _names(place, store):
            if not left:
                break
            left = {pattern: matches for pattern, matches in left.items() if not matches(path)}
    return tuple(left)


def _names(place: Workspace, store: Store) -> Iterable[bytes]:
    for path in roots(place).pointers:
        root = place.root(path)
        text = pointer_files.recorded(root, place.state)
        try:
            for name, _entry in entries_of(pointer_files.parse(path, text), store) if text is not None else ():
                yield root.path + b"/" + name if name else root.path
        except (BadPointer, DataMissing):
            continue
    if git_patterns.here(place.git, place.repository.top):
        yield from git_patterns.in_index(place.git)
