"""What stands where some files are to be put, and whose names could be taken for theirs; nothing else is looked at."""

import contextlib
import os
import stat
from collections import defaultdict
from collections.abc import Collection

from gitdata.descent import Descent, named
from gitdata.formats.names import folded, parents
from gitdata.store.signature import signature
from gitdata.worktree import places
from gitdata.worktree import scan as scanning
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import EMPTY_DIRECTORY, below
from gitdata.worktree.root_changes import entry_of
from gitdata.worktree.snapshot import Snapshot
from gitdata.worktree.state import State


def in_the_way(root: DataRoot, files: Collection[bytes], state: State) -> Snapshot:
    """What is at the paths `files` (below the root), above them where it is no directory, and below them."""
    down = Descent(root.top)
    seen = Snapshot(os.path.lexists(root.full), {}, scanning.Scan(), 0, began_ns=state.now_ns())
    for path in {*files, *parents(files)}:
        _add(root, down, path, seen, everything=path in files)
    if seen.present:
        for path in _alike(root, down, files):
            _add(root, down, path, seen, everything=True)
    return seen


def _add(root: DataRoot, down: Descent, path: bytes, seen: Snapshot, *, everything: bool) -> None:
    try:
        status = down.status(below(root.path, path))
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISDIR(status.st_mode):
        entry = entry_of(root, path)
        if entry is not None:
            seen.listing[path] = entry
            kind = seen.scan.links if entry.kind == "link" else seen.scan.files
            kind[path] = signature(status)
    elif everything and path:
        found = scanning.scan(down, below(root.path, path))
        for name in (*found.files, *found.links):
            _add(root, down, path + b"/" + name, seen, everything=False)
        empty = {path + b"/" + name for name in found.empty if name}
        if not (empty or found.files or found.links):
            empty.add(path)
        seen.scan.empty.update(empty)
        seen.listing.update(dict.fromkeys(empty, EMPTY_DIRECTORY))


def _alike(root: DataRoot, down: Descent, files: Collection[bytes]) -> list[bytes]:
    """What is there under other names that some file systems do not tell from those of `files`."""
    wanted: defaultdict[bytes, dict[bytes | str, bytes]] = defaultdict(dict)
    for path in {*files, *parents(files)} - {b""}:
        folder, name = places.split(path)
        wanted[folder][folded(name)] = name
    found = []
    for folder, names in wanted.items():
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError),
            down.entries(below(root.path, folder)) as listed,
        ):
            others = [name for entry in listed if names.get(folded(name := named(entry)), name) != name]
            found += [folder + b"/" + name if folder else name for name in others]
    return found
