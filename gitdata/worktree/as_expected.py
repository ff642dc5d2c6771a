"""Whether some files of the work tree are as they were, as the stat cache knows them."""

from collections.abc import Iterable

from blake3 import blake3

from gitdata.descent import Descent
from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.store.signature import signature
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import file_entry
from gitdata.worktree.scan import Scan
from gitdata.worktree.statcache import Lookup, Row


def as_expected(root: DataRoot, expected: Listing, paths: Iterable[bytes], rows: Lookup) -> Scan | None:
    """How all of `expected` looks in the work tree, when it is there and nothing else at `paths`; None when not.

    By the stat data of these alone. None also when it takes more than that to tell: a file whose time is too
    new, an empty directory.
    """
    down = Descent(root.top)
    if not down.is_directory(root.path):
        return None
    found = Scan()
    for path in sorted(expected.keys() | set(paths)):  # in the order of the stat cache, which is read in parts
        if not _is(down, (root.path, path), expected.get(path), rows.get(path), found):
            return None
    return found


def _is(down: Descent, where: tuple[bytes, bytes], expected: Entry | None, row: Row | None, found: Scan) -> bool:
    """Whether this is at a path below a data root, `where` both are."""
    here, path = b"/".join(where), where[1]
    try:
        seen = signature(down.status(here))
        if expected is not None and expected.kind == "link":
            found.links[path] = seen
            return blake3(down.target(here)).digest() == expected.id
    except FileNotFoundError:
        return expected is None
    except OSError:
        return False
    found.files[path] = seen
    return row is not None and row[0] == seen and expected == file_entry(seen.mode, seen.size, BlobId(row[1]))
