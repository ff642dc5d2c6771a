"""A look only at what was touched since the last complete one, beside many files that were not."""

import os
import stat
from collections.abc import Iterable

from gitdata.formats.tree import Listing
from gitdata.store.signature import Signature, signature
from gitdata.worktree import scan as scanning
from gitdata.worktree.differences import compare, sorted_out
from gitdata.worktree.entries import below, empty_directories, link_entry
from gitdata.worktree.glance import Glance, Looking
from gitdata.worktree.trees import OutOfStep, Trees


def glance_at(looking: Looking, touched: Iterable[bytes], trees: Trees) -> Glance:
    """Look at what was `touched` (paths below the root); everything else is as the look before has found it.

    `trees` are those of the version to compare with. Raises `OutOfStep` where everything has to be looked at,
    `FileChanging`.
    """
    root, known = looking.root, looking.known
    found = sorted_out(root, looking.down, touched)
    if found.directories:
        compare(root, trees, looking.rows(), found)
    inside = {path for path in known if found.covers(path)}
    # An edit that was there before is not in the stat cache: whatever was touched around it, it is looked at again.
    around = {path for path in known if os.path.dirname(path) in found.directories} - inside
    looked = {**dict.fromkeys(around), **found.files}
    again = looked.keys() | inside
    looking.edits.update((path, edit) for path, edit in known.items() if path not in again)
    for path in sorted(found.whole):
        _directory(looking, path, trees)
    for path in sorted(found.gone):
        looking.gone(trees.listing(path))
    for path in sorted(looked):
        _one(looking, path, looked[path], trees)
    return looking.end()


def _one(looking: Looking, path: bytes, seen: Signature | None, trees: Trees) -> None:
    """Look at one file or link, which may be gone, unless it was `seen`."""
    was, here = trees.find(path), below(looking.root.path, path)
    try:
        seen = seen or signature(looking.down.status(here))
    except (FileNotFoundError, NotADirectoryError):
        if was is not None:
            looking.gone({path: was} if was.kind != "dir" else trees.listing(path))
        return
    if stat.S_ISLNK(seen.mode):
        looking.entry(path, was, link_entry(looking.down, here), seen)
    elif stat.S_ISREG(seen.mode) and (was is None or was.kind != "dir"):
        looking.file(path, was, seen)
    else:
        raise OutOfStep


def _directory(looking: Looking, path: bytes, trees: Trees) -> None:
    """Look at a whole directory."""
    prefix = path + b"/"
    down, data = looking.down, looking.root.path
    found = scanning.scan(down, below(data, path))
    if not found.present or found.problems or b"" in found.files:
        raise OutOfStep
    was: Listing = trees.listing(path)
    here = empty_directories(prefix + name for name in found.empty)
    if not found.files and not found.links and not found.empty:
        here |= empty_directories([path])
    for name, seen in found.links.items():
        looking.entry(prefix + name, was.get(prefix + name), link_entry(down, below(data, prefix + name)), seen)
    for name, entry in here.items():
        looking.entry(name, was.get(name), entry, None)
    for name, seen in found.files.items():
        looking.file(prefix + name, was.get(prefix + name), seen)
    present = here.keys() | {prefix + name for name in (*found.files, *found.links)}
    looking.gone({name: entry for name, entry in was.items() if name not in present})
