"""Untrack: forget a data root or a pattern; the files stay."""

import os
from dataclasses import dataclass
from pathlib import Path

from gitdata.durable import write_file
from gitdata.errors import DataMissing
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.ops import pattern_files
from gitdata.ops.paths import chosen_pointers, pattern_from_top
from gitdata.ops.track_patterns import renew
from gitdata.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Untracked:
    """What is not tracked any more."""

    roots: tuple[bytes, ...]
    patterns: tuple[bytes, ...]
    returned: tuple[bytes, ...]  # files that Git itself holds from the next commit on


def untrack(place: Workspace, paths: list[str]) -> Untracked:
    """Remove the pointers of `paths` from the work tree and the index, and their lines from `.gitignore`.

    Of patterns the line in `.gitattributes` goes, and their files are staged with their content: a pointer
    without the filter would be all that is left of them. Raises `NotTracked` before anything is touched, and
    `DataMissing` when such a file is only a pointer here.
    """
    file = place.repository.top / ".gitattributes"
    text = file.read_bytes() if file.exists() else b""
    held = attributes.managed_patterns(text)
    words = [path for path in paths if pattern_from_top(place, path) in held]
    pointers = chosen_pointers(place, rest) if (rest := [path for path in paths if path not in words]) else []
    wanted = tuple(pattern_from_top(place, word) for word in words)
    returned = _untrack_patterns(place, file, wanted) if wanted else ()
    return Untracked(_untrack_roots(place, pointers), wanted, returned)


def _untrack_patterns(place: Workspace, file: Path, wanted: tuple[bytes, ...]) -> tuple[bytes, ...]:
    tracked = pattern_files.staged(place)
    before = file.read_bytes()
    after = before
    for pattern in wanted:
        after = attributes.without_pattern(after, pattern)
    write_file(file, after)
    still = pattern_files.staged(place)
    returned = sorted(tracked.keys() - still.keys())
    left = [path for path in returned if pattern_files.left_as_pointer(place, tracked[path])]
    if left:
        write_file(file, before)
        raise DataMissing(
            f"{os.fsdecode(left[0])} is only a pointer in this work tree, and would be one for ever",
            "bring the content first: `git data pull`",
        )
    place.git.run("add", "--", ".gitattributes")
    renew(place, returned)
    return tuple(returned)


def _untrack_roots(place: Workspace, pointers: list[bytes]) -> tuple[bytes, ...]:
    done = []
    for pointer in pointers:
        root = place.root(pointer)
        git_pointers.remove(place.git, [pointer])
        Path(os.fsdecode(root.pointer_full)).unlink(missing_ok=True)
        place.state.forget(pointer)
        folder, _, name = root.path.rpartition(b"/")
        ignore_file = Path(os.fsdecode(os.path.join(root.top, folder, b".gitignore")))
        if ignore_file.exists():
            text = attributes.without_ignored(ignore_file.read_bytes(), name)
            write_file(ignore_file, text)
            place.git.run("add", "--", os.fsdecode(os.path.join(folder, b".gitignore")))
        done.append(root.path)
    place.state.unset_live()
    return tuple(done)
