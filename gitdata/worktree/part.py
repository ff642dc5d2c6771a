"""The part of the data that a work tree takes, by patterns in Git's syntax; what lies outside of it is not here.

The one rule everywhere: what a version has outside of the part, and is not on disk, counts as unchanged; what is on
disk counts as always. Patterns count from the top of the work tree. As with Git's own sparse checkout the last one
that matches a path decides, and where none does the folder above it.

What is wanted may change before the data has followed. For each root it is remembered by which patterns it was laid
out last: until they are those that are wanted, what is outside of either may be missing.
"""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Entry, Listing
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.worktree.entries import below
from gitdata.worktree.left_out import LeftOut, entries_of
from gitdata.worktree.part_rules import Layer

WANTED = "sparse"
"""The file of the patterns, one a line; none: everything, whatever the configuration says."""

LAID_OUT = "part"
"""The folder of what is known of each root."""

_KEPT = 4096  # folders about which is remembered what was decided
_MISSING, _THERE, _OTHER = range(3)


class Within:
    """What of one data root is within the part; paths are below the root."""

    __slots__ = ("_full", "_layers", "_names", "_places")

    def __init__(self, full: bytes, layers: Sequence[Layer]) -> None:
        self._full = full
        self._layers = layers
        self._places: dict[bytes, int] = {}  # what is there in the place of folders
        self._names: tuple[bytes, frozenset[bytes]] | None = None  # of the folder that was asked about last

    def holds(self, path: bytes, *, directory: bool = False) -> bool:
        """Whether a file, link or empty directory is."""
        return all(layer.holds(path, directory=directory) for layer in self._layers)

    def left_out(self, path: bytes, entry: Entry) -> bool:
        """Whether what a version has at `path`, where a look has seen nothing, is outside: nobody has deleted it.

        Not where something else has taken its place, or that of a folder above it.
        """
        return not self.holds(path, directory=entry.kind == "dir") and not self._taken(path)

    def is_absent(self, path: bytes, entry: Entry) -> bool:
        """Whether it is outside, and nothing is at `path`."""
        return not self.holds(path, directory=entry.kind == "dir") and not os.path.lexists(below(self._full, path))

    def is_hidden(self, prefix: bytes) -> bool:
        """Whether all of a folder (its path and a slash) is outside, and no such folder is there, nor anything else.

        Not below a directory that is empty here: that is no new one, because of what is left out in it.
        """
        folder = prefix[:-1]
        above = folder.rpartition(b"/")[0]
        if self._place(folder) != _MISSING or not any(layer.nothing_below(folder) for layer in self._layers):
            return False
        return not above or self._place(above) != _THERE or bool(self._listed(above))

    def counted(self, listing: Listing, here: Mapping[bytes, Entry]) -> Listing:
        """What of a version counts as having been here, where a look has found what is `here`."""
        return {path: entry for path, entry in listing.items() if path in here or not self.left_out(path, entry)}

    def beside(self, listing: Listing, here: Mapping[bytes, Entry]) -> Listing:
        """The rest: what of a version is not here, and no edit."""
        return {path: entry for path, entry in listing.items() if path not in here and self.left_out(path, entry)}

    def along(self, value: Pointer, store: Store) -> LeftOut:
        """What a version has that is left out, for a walk over the work tree; raises `DataMissing` for its trees."""
        return LeftOut(entries_of(value, store), self.left_out)

    def _taken(self, path: bytes) -> bool:
        folder, _, name = path.rpartition(b"/")
        place = self._place(folder)
        if not path or place != _THERE:
            return place != _MISSING
        return name in self._listed(folder) and _kind(below(self._full, path)) == _THERE

    def _listed(self, folder: bytes) -> frozenset[bytes]:
        if self._names is None or self._names[0] != folder:
            try:
                self._names = folder, frozenset(os.listdir(below(self._full, folder)))
            except OSError:
                return frozenset()
        return self._names[1]

    def _place(self, folder: bytes) -> int:
        found = self._places.get(folder)
        if found is None:
            above = self._place(folder.rpartition(b"/")[0]) if folder else _THERE
            found = _kind(below(self._full, folder)) if above == _THERE else above
            if len(self._places) >= _KEPT:
                self._places.clear()
            self._places[folder] = found
        return found


def _kind(full: bytes) -> int:
    try:
        return _THERE if stat.S_ISDIR(os.lstat(full).st_mode) else _OTHER
    except OSError:
        return _MISSING


Laid = tuple[bytes, tuple[bytes, ...] | None]
"""Where data was when it was laid out, and by which patterns; None: all of it."""


@frozen
class Part:
    """The part that a work tree takes."""

    directory: Path  # the state directory of the work tree
    wanted: tuple[bytes, ...] | None  # patterns; None: everything

    def within(self, top: bytes, pointer: bytes, data: bytes) -> Within | None:
        """What may be missing at a data root counts by this; None: nothing may."""
        return _within(top, data, {(data, self.wanted), *self._laid_out(pointer, data)})

    def aim(self, top: bytes, data: bytes) -> Within | None:
        """What is wanted of a data root; None: everything."""
        return _within(top, data, {(data, self.wanted)})

    def takes(self, path: bytes) -> bool:
        """Whether the file at a path, from the top, is wanted."""
        return self.wanted is None or Layer(self.wanted, b"").holds(path, directory=False)

    def is_laid_out(self, pointer: bytes, data: bytes) -> bool:
        """Whether the data is laid out as it is wanted."""
        return self._laid_out(pointer, data) == {(data, self.wanted)}

    def is_settled(self, pointer: bytes, data: bytes) -> bool:
        """Whether it is, and no merge has left anything in conflict."""
        return self.is_laid_out(pointer, data) and not _conflicts(self.directory, pointer).exists()

    def begin(self, pointer: bytes, data: bytes) -> None:
        """Remember that the data is about to be laid out as it is wanted: for a while it is of both parts."""
        self._save(pointer, data, {(data, self.wanted), *self._laid_out(pointer, data)})

    def end(self, pointer: bytes, data: bytes) -> None:
        """Remember that it is."""
        self._save(pointer, data, {(data, self.wanted)})
        _conflicts(self.directory, pointer).unlink(missing_ok=True)

    def note_conflicts(self, pointer: bytes, text: bytes, paths: Iterable[bytes]) -> None:
        """Remember the files that a merge with the pointer `text` wants a person to look at: they come in any case."""
        file = _conflicts(self.directory, pointer)
        durable.make_folder(file.parent)
        durable.write_file(file, b"\0".join((blake3(text).hexdigest().encode(), *sorted(paths))), fsync=False)

    def conflicts(self, pointer: bytes, text: bytes) -> frozenset[bytes]:
        """Those of the merge that made the pointer `text`; paths below the root."""
        try:
            digest, *paths = _conflicts(self.directory, pointer).read_bytes().split(b"\0")
        except FileNotFoundError:
            return frozenset()
        return frozenset(paths) if digest == blake3(text).hexdigest().encode() else frozenset()

    def renamed(self, pointer: bytes, new: bytes) -> None:
        """Pointer and data have another path now: other patterns may be about it."""
        file = _file(self.directory, pointer)
        if file.exists():
            durable.publish(file, _file(self.directory, new))

    def _laid_out(self, pointer: bytes, data: bytes) -> set[Laid]:
        try:
            rows = [row.split(b"\0") for row in _file(self.directory, pointer).read_bytes().split(b"\0\0")]
        except FileNotFoundError:
            return {(data, None)}
        return {(row[0], tuple(row[1:]) or None) for row in rows}

    def _save(self, pointer: bytes, data: bytes, layers: set[Laid]) -> None:
        file = _file(self.directory, pointer)
        if layers == self._laid_out(pointer, data):
            return
        if layers == {(data, None)}:
            file.unlink(missing_ok=True)
            return
        durable.make_folder(file.parent)
        rows = (b"\0".join((where, *(patterns or ()))) for where, patterns in sorted(layers, key=repr))
        durable.write_file(file, b"\0\0".join(rows))


def _within(top: bytes, data: bytes, layers: Iterable[Laid]) -> Within | None:
    known = [Layer(patterns, where) for where, patterns in layers if patterns is not None]
    return Within(os.path.join(top, data), known) if known else None


def _file(directory: Path, pointer: bytes) -> Path:
    return directory / LAID_OUT / blake3(pointer).hexdigest()[:32]


def _conflicts(directory: Path, pointer: bytes) -> Path:
    file = _file(directory, pointer)
    return file.with_name(file.name + "-conflicts")


def load(directory: Path, configured: Sequence[str]) -> Part | None:
    """The part of the work tree with this state directory: what was set in it, else what the configuration says.

    None where nothing was ever left out.
    """
    try:
        lines = (directory / WANTED).read_bytes().split(b"\n")
    except FileNotFoundError:
        lines = [os.fsencode(pattern) for pattern in configured]
    wanted = tuple(line for line in lines if line) or None
    if wanted is None and not (directory / LAID_OUT).is_dir():
        return None
    return Part(directory, wanted)


def save(directory: Path, patterns: Sequence[bytes]) -> None:
    """Set what the work tree is to take; none: everything."""
    durable.make_folder(directory)
    durable.write_file(directory / WANTED, b"".join(pattern + b"\n" for pattern in patterns))


def forget(directory: Path, *, configured: bool) -> None:
    """Everything is here again: nothing is kept of a part, but that the one of the configuration does not count."""
    for file in (directory / LAID_OUT).glob("*-conflicts"):
        file.unlink(missing_ok=True)
    try:
        (directory / LAID_OUT).rmdir()
    except FileNotFoundError:
        pass
    except OSError:
        return  # some data is laid out for a part still
    if not configured:
        (directory / WANTED).unlink(missing_ok=True)
