"""What a scan has found, as entries of a version: by stat data, as far as that tells."""

import os
import stat
from collections.abc import Iterable

from blake3 import blake3

from gitdata.descent import Descent
from gitdata.errors import FileChanging
from gitdata.formats.tree import Entry, Listing, build
from gitdata.ids import BlobId
from gitdata.store.signature import Signature
from gitdata.worktree.statcache import Rows

_EMPTY = build({})
EMPTY_DIRECTORY = Entry("dir", len(_EMPTY.trees[BlobId(_EMPTY.root)]), BlobId(_EMPTY.root))


def take_unchanged(files: dict[bytes, Signature], rows: Rows, listing: Listing) -> list[bytes]:
    """Put the files that look as they did into `listing`; return the others, in path order."""
    changed = []
    for path, seen in files.items():
        row = rows.get(path)
        if row is not None and row[0] == seen:
            rows[path] = (seen, row[1])  # the equal one that was loaded goes: of many files that is a lot of memory
            listing[path] = Entry("exec" if seen[5] & stat.S_IXUSR else "file", seen[2], BlobId(row[1]))
        else:
            changed.append(path)
    changed.sort()
    return changed


def empty_directories(paths: Iterable[bytes]) -> Listing:
    """A listing of directories that hold nothing."""
    return dict.fromkeys(paths, EMPTY_DIRECTORY)


def file_entry(mode: int, size: int, blob: BlobId) -> Entry:
    """The entry of a regular file with the stat data's `mode` and a content of `size` bytes."""
    return Entry("exec" if mode & stat.S_IXUSR else "file", size, blob)


def link_entry(down: Descent, path: bytes) -> Entry:
    """The entry of the symlink at a path below the top of `down`; raises `FileChanging` when it is none any more."""
    try:
        target = down.target(path)
    except OSError as error:
        raise FileChanging(f"{os.fsdecode(path)} changed while it was read") from error
    return Entry("link", len(target), BlobId(blake3(target).digest()))


def below(full: bytes, path: bytes) -> bytes:
    """The path of what is at `path` below the root at `full`, absolute or relative as that is."""
    return full + b"/" + path if path else full
