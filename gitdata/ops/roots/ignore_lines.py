"""Ignore lines: keep `.gitignore` in step with the pointers that the next commit adds or takes away.

`git data track` and `untrack` do so themselves; this is for `git mv` and `git rm` of a pointer.
"""

import os

from gitdata.formats.pointer import data_path, form_of
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.ops.roots.known import roots
from gitdata.workspace import Workspace
from gitdata.worktree import control_files, pointer_files


def ignore_file(data: bytes) -> bytes:
    """The path of the `.gitignore` beside the data root (or pointer) `data`."""
    folder, slash, _name = data.rpartition(b"/")
    return folder + slash + attributes.IGNORE_FILE


def keep_out(place: Workspace, *roots: bytes, folder: bool = False) -> None:
    """Have Git ignore these data roots, by lines in the `.gitignore` beside each, and stage those files.

    With `folder` they are going to be directories, which are not there yet.
    """
    top = os.fsencode(place.repository.top)
    beside: dict[bytes, list[bytes]] = {}
    for data in roots:
        beside.setdefault(ignore_file(data), []).append(data)
    for file, inside in beside.items():
        names = {data.rpartition(b"/")[2]: folder or os.path.isdir(os.path.join(top, data)) for data in inside}
        control_files.write(top, file, _edited(control_files.read(top, file), names, []))
    git_pointers.add(place.git, *beside)


def is_kept_out(place: Workspace, data: bytes) -> bool:
    """Whether the `.gitignore` beside a data root has a line of ours for it, in the work tree or in the index."""
    file, name = ignore_file(data), data.rpartition(b"/")[2]
    here = control_files.read(os.fsencode(place.repository.top), file)
    staged = git_pointers.staged_text(place.git, file) or b""
    return any(attributes.without_ignored(text, name) != text for text in (here, staged))


def stop_ignoring(place: Workspace, data: bytes) -> None:
    """Take the line of the data root `data` out of the `.gitignore` beside it, and stage that file."""
    top = os.fsencode(place.repository.top)
    name = data.rpartition(b"/")[2]
    file = ignore_file(data)
    before = control_files.read(top, file)
    if before:
        control_files.write(top, file, attributes.without_ignored(before, name))
        git_pointers.add(place.git, file)


def keep_ignored(place: Workspace, *, stage: bool = True) -> list[bytes]:
    """Add and remove lines in the `.gitignore` files concerned; the paths of the files changed.

    With `stage` the lines, and nothing else of these files, go into the index as well. Without it,
    and in a commit of named paths, only the work tree changes.
    """
    added, removed = git_pointers.added_and_removed(place.git)
    # A line for what is no data root would keep somebody's code out of Git.
    rooted = roots(place).pointers if added else {}
    added = [path for path in added if path in rooted]
    stage = stage and not os.path.basename(place.index_file or "").startswith("next-index-")
    top = os.fsencode(place.repository.top)
    folders = sorted({path.rpartition(b"/")[0] for path in (*added, *removed)})
    changed = []
    for folder in folders:
        file = ignore_file(os.path.join(folder, b"x"))
        before = control_files.read(top, file)
        names = _names(place, _inside(folder, added), before), [_name(path) for path in _inside(folder, removed)]
        after = _edited(before, *names)
        if after != before:
            control_files.write(top, file, after)
            changed.append(file)
        if stage:
            known = git_pointers.staged_text(place.git, file) or b""
            wanted = _edited(known, *names)
            if wanted != known:
                git_pointers.stage(place.git, {file: wanted})
    return changed


def _inside(folder: bytes, paths: list[bytes]) -> list[bytes]:
    return [path for path in paths if path.rpartition(b"/")[0] == folder]


def _name(path: bytes) -> bytes:
    return data_path(path).rpartition(b"/")[2]


def _names(place: Workspace, added: list[bytes], text: bytes) -> dict[bytes, bool]:
    """The names that need a line, and whether each is a directory's; not those that a person's own lines ignore."""
    found = {}
    for path in added:
        pointer = pointer_files.recorded(place.root(path), place.state)
        if pointer is None:
            continue
        directory = form_of(pointer) != "file"
        known = attributes.with_ignored(text, _name(path), directory=directory) == text
        if known or not git_pointers.ignored(place.git, data_path(path), directory=directory):
            found[_name(path)] = directory
    return found


def _edited(text: bytes, added: dict[bytes, bool], removed: list[bytes]) -> bytes:
    for name in removed:
        text = attributes.without_ignored(text, name)
    for name, directory in added.items():
        text = attributes.with_ignored(text, name, directory=directory)
    return text
