"""What is to be done to one data root, and what came of it."""

from collections.abc import Sequence

from gitdata.errors import GitDataError, UnsafeName
from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.store.signature import Signature
from gitdata.values import field, frozen
from gitdata.worktree import places
from gitdata.worktree.before import Before, entry_at
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.merging import Changes
from gitdata.worktree.racy import is_racy
from gitdata.worktree.snapshot import Snapshot


@frozen
class RootChanges:
    """One data root and what is to change in it."""

    root: DataRoot
    changes: Changes
    target: Listing
    seen: Snapshot  # what it was decided by

    @property
    def leftovers(self) -> Sequence[bytes]:
        """What an earlier run that was killed has not finished."""
        return self.seen.scan.leftovers

    def before(self, path: bytes) -> Before | None:
        """The file or link that the changes replace or remove at `path`; None when there is none."""
        entry = self.changes.overwritten.get(path) or self.changes.delete.get(path)
        if entry is None or entry.kind == "dir":
            return None
        scan = self.seen.scan
        seen = scan.links.get(path) if entry.kind == "link" else scan.files.get(path)
        return Before(entry, seen, sure=seen is not None and not is_racy(seen, self.seen.began_ns))


@frozen
class Outcome:
    """What came of it."""

    written: list[tuple[bytes, Signature, BlobId]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # what could not be written, and why
    edited: list[bytes] = field(default_factory=list)  # left as it is: somebody changed it since it was looked at
    lost: dict[bytes, GitDataError] = field(default_factory=dict)  # what the store has not got after all, and why

    def add(self, other: "Outcome") -> None:
        """Take over what came of a part of it."""
        self.written.extend(other.written)
        self.problems.extend(other.problems)
        self.edited.extend(other.edited)
        self.lost.update(other.lost)


def relative(root: DataRoot, path: bytes) -> bytes:
    """A path below the root as one relative to the top of the work tree."""
    return root.path + b"/" + path if path else root.path


def entry_of(root: DataRoot, path: bytes) -> Entry | None:
    """What the file or link at a path below the root holds; None when there is none that can be read."""
    parent, name = places.split(relative(root, path))
    try:
        with places.directory(root.top, parent) as place:
            return entry_at(place.descriptor, name)
    except (FileNotFoundError, UnsafeName):
        return None
