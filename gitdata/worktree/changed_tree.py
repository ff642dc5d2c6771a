"""A version with some of its paths changed: only the trees on the way to them are read and made anew."""

from collections.abc import Mapping

from blake3 import blake3

from gitdata.formats.directory import changed, parted
from gitdata.formats.tree import NO_FILES, Entry
from gitdata.ids import BlobId, RootId
from gitdata.store.ingest import Ingest
from gitdata.worktree.entries import EMPTY_DIRECTORY
from gitdata.worktree.trees import OutOfStep, Trees

_DEEP = 200  # directories that are gone down by recursion

_Changes = Mapping[bytes, Entry | None]


def changed_tree(trees: Trees, changes: _Changes, ingest: Ingest) -> RootId:
    """The version of `trees` with `changes` of what it lists (None: gone); its new trees go into `ingest`.

    A directory in which nothing is left goes, unless it is listed. Raises `OutOfStep` where something would have to go
    that `changes` do not name, and where they are too deep.
    """
    if any(path.count(b"/") > _DEEP for path in changes):
        raise OutOfStep
    ingest.add(NO_FILES)  # what lists an empty directory
    made = _made(trees, b"", changes, ingest, there=True)
    return RootId((made or EMPTY_DIRECTORY).id)


def _made(trees: Trees, path: bytes, changes: _Changes, ingest: Ingest, *, there: bool) -> Entry | None:
    """The directory `path`, `there` or new, with `changes` (paths relative to it); None if nothing is in it now."""
    before = trees.entries(path) if there else {}
    entries, below = parted(changes)
    for name in entries:
        was = before.get(name)
        if was is not None and was.kind == "dir" and was != EMPTY_DIRECTORY:
            below[name] |= {}  # all that is in it has to be named
    for name, inner in below.items():
        was = before.get(name)
        is_directory = was is not None and was.kind == "dir"
        if was is not None and not is_directory and name not in entries:
            raise OutOfStep
        left = _made(trees, path + b"/" + name if path else name, inner, ingest, there=is_directory)
        if left is None:
            entries.setdefault(name, None)
        elif entries.get(name) is not None:
            raise OutOfStep
        else:
            entries[name] = left
    encoded = changed(before, entries)
    if encoded == NO_FILES:
        return None
    identifier = BlobId(blake3(encoded).digest())
    ingest.add(encoded)
    return Entry("dir", len(encoded), identifier)
