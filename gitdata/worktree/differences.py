"""What has to be looked at, given what was touched since the last look."""

import os
import stat
import struct
from collections.abc import Iterable

from gitdata.descent import Descent, named
from gitdata.errors import FileChanging
from gitdata.formats.names import TEMPORARY, parents
from gitdata.formats.tree import Entry
from gitdata.store.signature import Signature, signature
from gitdata.values import field, mutable
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import below
from gitdata.worktree.statcache import Lookup, Row
from gitdata.worktree.trees import OutOfStep, Trees

_SEEN = struct.Struct("<Q?")  # inode, whether it is a file
_INODE = Signature._fields.index("ino")


@mutable
class Found:
    """What has to be looked at; paths below the root."""

    down: Descent  # the way to it
    files: dict[bytes, Signature | None] = field(default_factory=dict)  # and links; None: not looked at yet
    directories: set[bytes] = field(default_factory=set)  # whose names have to be compared
    whole: set[bytes] = field(default_factory=set)  # directories with everything below them
    gone: set[bytes] = field(default_factory=set)

    def covers(self, path: bytes) -> bool:
        """Whether `path` is, or is below, something that is looked at as a whole or is gone."""
        return any(part in self.whole or part in self.gone for part in (path, *parents([path])))

    def tidy(self) -> None:
        """Leave out what is below a directory that is looked at as a whole."""
        self.whole = {path for path in self.whole if not parents([path]) & self.whole}
        if self.whole:
            self.files = {path: seen for path, seen in self.files.items() if not parents([path]) & self.whole}
        self.gone = {path for path in self.gone if not parents([path]) & self.whole}


def sorted_out(root: DataRoot, down: Descent, touched: Iterable[bytes]) -> Found:
    """What was touched by kind; raises `OutOfStep` for what cannot be recorded: who looks at everything says so."""
    found, data = Found(down), root.path
    for path in touched:
        if b"/" + TEMPORARY in b"/" + path:
            continue
        try:
            seen = signature(down.status(below(data, path)))
        except (FileNotFoundError, NotADirectoryError):
            found.directories.add(_nearest(root, down, path))
            continue
        if stat.S_ISDIR(seen.mode):
            found.directories.add(path)
        elif stat.S_ISREG(seen.mode) or stat.S_ISLNK(seen.mode):
            found.files[path] = seen
        else:
            raise OutOfStep
    return found


def _nearest(root: DataRoot, down: Descent, path: bytes) -> bytes:
    """The directory above something that is gone that is still there."""
    parent = os.path.dirname(path)
    while parent and not down.is_directory(below(root.path, parent)):
        parent = os.path.dirname(parent)
    return parent


def compare(root: DataRoot, trees: Trees, rows: Lookup, found: Found) -> None:
    """Find out what became of the names in the directories that were touched. Raises `OutOfStep`, `FileChanging`."""
    for path in sorted(found.directories):
        # Where the directory above was touched too, this one may have been moved there, with all that is in it.
        if path and os.path.dirname(path) in found.directories:
            found.whole.add(path)
        else:
            _compare_names(root, path, trees, rows, found)
    found.tidy()


def _compare_names(root: DataRoot, path: bytes, trees: Trees, rows: Lookup, found: Found) -> None:
    folder, prefix = (below(root.path, path), path + b"/") if path else (root.path, b"")
    before = iter(trees.entries(path).items())
    was = next(before, None)
    try:
        for row in _names(found.down, folder):
            name, inode, is_file = row[: -_SEEN.size - 1], *_SEEN.unpack_from(row, len(row) - _SEEN.size)
            while was is not None and was[0] < name:
                found.gone.add(prefix + was[0])
                was = next(before, None)
            old = was[1] if was is not None and was[0] == name else None
            was = next(before, None) if old is not None else was
            here = prefix + name
            if old is None or not is_file or not _is_file_of(rows.get(here), old, inode):
                _look_at(root, here, old, rows, found)
    except OSError as error:
        raise FileChanging(f"{os.fsdecode(folder)} changed while it was looked at") from error
    found.gone.update(prefix + name for name, _entry in (*filter(None, [was]), *before))


def _names(down: Descent, folder: bytes) -> list[bytes]:
    """The names in a directory in their order, each with a zero byte and what is known of it without asking for more.

    So they sort by name, and take a third of the memory that they would take as values.
    """
    with down.entries(folder) as listing:
        return sorted(
            name + b"\0" + _SEEN.pack(entry.inode(), entry.is_file(follow_symlinks=False))
            for entry in listing
            if not (name := named(entry)).startswith(TEMPORARY)
        )


def _look_at(root: DataRoot, here: bytes, old: Entry | None, rows: Lookup, found: Found) -> None:
    """Something that is not known to be the file that it was."""
    mode = found.down.status(below(root.path, here)).st_mode
    if stat.S_ISDIR(mode):
        if old is None or old.kind != "dir" or not _is_still(root, found.down, here, rows):
            found.whole.add(here)
    elif not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise OutOfStep
    else:
        found.files.setdefault(here)


def _is_file_of(row: Row | None, old: Entry, inode: int) -> bool:
    """Whether a file is the one that was looked at before: if that had changed since, it would have been touched."""
    return row is not None and row[0][_INODE] == inode and row[1] == old.id and old.kind in ("file", "exec")


def _is_still(root: DataRoot, down: Descent, path: bytes, rows: Lookup) -> bool:
    """Whether some file that the stat cache knows below a directory is still there: no other one took its place."""
    witness = next(rows.below(path), None)
    row = rows.get(witness) if witness is not None else None
    try:
        return witness is not None and row is not None and signature(down.status(below(root.path, witness))) == row[0]
    except OSError:
        return False
