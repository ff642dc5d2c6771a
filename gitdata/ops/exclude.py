"""Exclude: keep `.gitignore` in step with the pointers that the next commit adds or takes away.

`git data track` and `untrack` do so themselves; this is for `git mv` and `git rm` of a pointer.
"""

import os
from pathlib import Path

from gitdata.durable import write_file
from gitdata.formats.pointer import data_path, form_of
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.workspace import Workspace
from gitdata.worktree import pointing


def keep_out(place: Workspace, data: bytes) -> None:
    """Have Git ignore the data root `data`, by a line in the `.gitignore` beside it, and stage that file."""
    folder, _, name = data.rpartition(b"/")
    file = place.repository.top / os.fsdecode(folder) / ".gitignore"
    before = file.read_bytes() if file.exists() else b""
    directory = os.path.isdir(os.path.join(os.fsencode(place.repository.top), data))
    after = attributes.with_ignored(before, name, directory=directory)
    if after != before:
        write_file(file, after)
    place.git.run("add", "--", os.fsdecode(os.path.join(folder, b".gitignore")))


def exclude(place: Workspace, *, stage: bool = True) -> list[bytes]:
    """Add and remove lines in the `.gitignore` files concerned; the paths of the files changed.

    With `stage` the lines, and nothing else of these files, go into the index as well. Without it,
    and in a commit of named paths, only the work tree changes.
    """
    added, removed = git_pointers.added_and_removed(place.git)
    stage = stage and not os.path.basename(place.index_file or "").startswith("next-index-")
    folders = sorted({path.rpartition(b"/")[0] for path in (*added, *removed)})
    changed = []
    for folder in folders:
        file = folder + b"/.gitignore" if folder else b".gitignore"
        full = Path(os.fsdecode(os.path.join(os.fsencode(place.repository.top), file)))
        before = full.read_bytes() if full.is_file() and not full.is_symlink() else b""
        names = _names(place, _inside(folder, added), before), [_name(path) for path in _inside(folder, removed)]
        after = _edited(before, *names)
        if after != before:
            write_file(full, after, fsync=False)
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
        pointer = pointing.read(place.root(path))
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
