"""Untrack: forget a data root; its files stay."""

import os
from pathlib import Path

from gitdata.durable import write_file
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.ops.paths import chosen_pointers
from gitdata.workspace import Workspace


def untrack(place: Workspace, paths: list[str]) -> list[bytes]:
    """Remove the pointers of `paths` from the work tree and the index, and their lines from `.gitignore`."""
    done = []
    for pointer in chosen_pointers(place, paths):
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
    return done
