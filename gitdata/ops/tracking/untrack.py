"""Untrack: forget a data root or a pattern; the files stay."""

import os

from gitdata.errors import DataMissing
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.roots.count_left_out import left_out_of
from gitdata.ops.roots.ignore_lines import stop_ignoring
from gitdata.ops.roots.typed_paths import chosen_pointers, pattern_from_top
from gitdata.ops.tracking.track_patterns import renew
from gitdata.values import frozen
from gitdata.wording import count, shown
from gitdata.workspace import Workspace
from gitdata.worktree import control_files, pointer_files


@frozen
class Untracked:
    """What is not tracked any more."""

    roots: tuple[bytes, ...]
    patterns: tuple[bytes, ...]
    returned: tuple[bytes, ...]  # files that Git itself holds from the next commit on


def untrack(place: Workspace, paths: list[str]) -> Untracked:
    """Remove the pointers of `paths` from the work tree and the index, and their lines from `.gitignore`.

    Of patterns the line in `.gitattributes` goes, and their files are staged with their content: a pointer
    without the filter would be all that is left of them. Raises `NotTracked` before anything is touched, and
    `DataMissing` when such a file is only a pointer here, or when files of a root are left out of the part that this
    work tree takes.
    """
    held = attributes.managed_patterns(control_files.read(os.fsencode(place.repository.top), attributes.FILE))
    words = [path for path in paths if pattern_from_top(place, path) in held]
    pointers = chosen_pointers(place, rest) if (rest := [path for path in paths if path not in words]) else []
    _refuse_left_out(place, pointers)
    wanted = tuple(pattern_from_top(place, word) for word in words)
    returned = _untrack_patterns(place, wanted) if wanted else ()
    return Untracked(_untrack_roots(place, pointers), wanted, returned)


def _refuse_left_out(place: Workspace, pointers: list[bytes]) -> None:
    """Files that are not here would be in no commit any more, and in no work tree."""
    if place.part is None:
        return
    with place.open_store() as store:
        for path in pointers:
            root = place.root(path)
            text = pointer_files.recorded(root, place.state)
            left = left_out_of(root, pointer_files.parse(path, text), lambda: store)[0] if text is not None else 0
            if left:
                raise DataMissing(
                    f"{count(left, 'file')} of {shown(root.path)} are left out of this work tree, and would be nowhere",
                    "have them here first: `git data sparse disable`",
                )


def _untrack_patterns(place: Workspace, wanted: tuple[bytes, ...]) -> tuple[bytes, ...]:
    top = os.fsencode(place.repository.top)
    tracked = pattern_files.staged(place)
    before = control_files.read(top, attributes.FILE)
    after = before
    for pattern in wanted:
        after = attributes.without_pattern(after, pattern)
    control_files.write(top, attributes.FILE, after)
    still = pattern_files.staged(place)
    returned = sorted(tracked.keys() - still.keys())
    left = [path for path in returned if pattern_files.left_as_pointer(place, tracked[path])]
    if left:
        control_files.write(top, attributes.FILE, before)
        raise DataMissing(
            f"{os.fsdecode(left[0])} is only a pointer in this work tree, and would be one for ever",
            "bring the content first: `git data pull`",
        )
    git_pointers.add(place.git, attributes.FILE)
    renew(place, returned)
    return tuple(returned)


def _untrack_roots(place: Workspace, pointers: list[bytes]) -> tuple[bytes, ...]:
    done = []
    for pointer in pointers:
        root = place.root(pointer)
        # Data without a base is left alone; with one it would go, as soon as its pointer is gone. What the same words
        # find again, when this was cut off, goes last.
        with place.state.locked():
            place.state.forget(pointer)
            pointer_files.remove(root)
        stop_ignoring(place, root.path)
        git_pointers.remove(place.git, [pointer])
        done.append(root.path)
    place.state.unset_looked()
    return tuple(done)
