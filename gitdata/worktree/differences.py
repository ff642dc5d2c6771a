"""What has to be looked at, given what was touched since the last look."""

import os
import stat
from collections.abc import Iterable

from gitdata.errors import FileChanging
from gitdata.formats.names import TEMPORARY, parents
from gitdata.formats.tree import Entry
from gitdata.store.signature import Signature, signature
from gitdata.values import field, mutable
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import below
from gitdata.worktree.statcache import Lookup, Row
from gitdata.worktree.trees import OutOfStep, Trees

_INODE = Signature._fields.index("ino")


@mutable
class Found:
    """What has to be looked at; paths below the root."""

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


def sorted_out(root: DataRoot, touched: Iterable[bytes]) -> Found:
    """What was touched by kind; raises `OutOfStep` for what cannot be recorded: who looks at everything says so."""
    found, full = Found(), root.full
    for path in touched:
        if b"/" + TEMPORARY in b"/" + path:
            continue
        try:
            seen = signature(os.lstat(below(full, path)))
        except (FileNotFoundError, NotADirectoryError):
            found.directories.add(_nearest(root, path))
            continue
        if stat.S_ISDIR(seen.mode):
            found.directories.add(path)
        elif stat.S_ISREG(seen.mode) or stat.S_ISLNK(seen.mode):
            found.files[path] = seen
        else:
            raise OutOfStep
    return found


def _nearest(root: DataRoot, path: bytes) -> bytes:
    """The directory above something that is gone that is still there."""
    parent = os.path.dirname(path)
    while parent and not os.path.isdir(os.path.join(root.full, parent)):
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
    full, prefix = (os.path.join(root.full, path), path + b"/") if path else (root.full, b"")
    before = trees.entries(path)
    names = set()
    try:
        with os.scandir(full) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(TEMPORARY)]
        for entry in entries:
            name = entry.name
            names.add(name)
            here, old = prefix + name, before.get(name)
            if old is not None and _is_file_of(rows.get(here), old, entry):
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                if old is None or old.kind != "dir" or not _is_still(root, here, rows):
                    found.whole.add(here)
            elif not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
                raise OutOfStep
            else:
                found.files.setdefault(here)
    except OSError as error:
        raise FileChanging(f"{os.fsdecode(full)} changed while it was looked at") from error
    found.gone |= {prefix + name for name in before.keys() - names}


def _is_file_of(row: Row | None, old: Entry, entry: os.DirEntry[bytes]) -> bool:
    """Whether `entry` is the file that was looked at before: if that had changed since, it would have been touched."""
    return (
        row is not None
        and row[0][_INODE] == entry.inode()  # known without asking for more
        and row[1] == old.id
        and old.kind in ("file", "exec")
        and entry.is_file(follow_symlinks=False)
    )


def _is_still(root: DataRoot, path: bytes, rows: Lookup) -> bool:
    """Whether some file that the stat cache knows below a directory is still there: no other one took its place."""
    witness = next(rows.below(path), None)
    row = rows.get(witness) if witness is not None else None
    try:
        return (
            witness is not None and row is not None and signature(os.lstat(os.path.join(root.full, witness))) == row[0]
        )
    except OSError:
        return False
