"""Whether some files of the work tree are as they were, as the stat cache knows them."""

import os
from collections.abc import Iterable

from blake3 import blake3

from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.store.signature import signature
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.snapshot import file_entry
from gitdata.worktree.statcache import Row, Rows


def stands(root: DataRoot, expected: Listing, paths: Iterable[bytes], rows: Rows) -> bool:
    """Whether all of `expected` is in the work tree and nothing else at `paths`, by the stat data of these alone.

    False also when it takes more than that to tell: a file whose time is too new, an empty directory.
    """
    if not os.path.isdir(root.full) or os.path.islink(root.full):
        return False
    here = expected.keys() | set(paths)
    return all(_is(root.full + b"/" + path, expected.get(path), rows.get(path)) for path in here)


def _is(full: bytes, expected: Entry | None, row: Row | None) -> bool:
    try:
        if expected is not None and expected.kind == "link":
            return blake3(os.readlink(full)).digest() == expected.id
        seen = signature(os.lstat(full))
    except FileNotFoundError:
        return expected is None
    except OSError:
        return False
    return row is not None and row[0] == seen and expected == file_entry(seen.mode, seen.size, BlobId(row[1]))
