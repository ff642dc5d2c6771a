"""Moved by hand: where data is that is not in its place any more, told by what `mv` leaves as it was."""

import contextlib
import os
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence

from gitdata.descent import Descent
from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.tree import Entry, Listing
from gitdata.git.listing import above, listed
from gitdata.git.tracked import in_commit
from gitdata.store.hashing import blake3_of
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import below
from gitdata.worktree.statcache import Rows

_COMPARED = 16  # files of a root
_HASHED = 1 << 20  # bytes: a file up to which size is read to be sure
_INSIDE = 100  # directories in one that Git does not know


def moved_by_hand(place: Workspace, *, staged: bool = False) -> dict[bytes, bytes]:
    """By pointer, where (relative to the top) the data is that is missing in its place, as far as it is found.

    Looked at is what Git does not track; with `staged` what the index has and the last commit has not.
    """
    absent = [root for path in place.state.known() if _lacks_data(root := place.root(path))]
    if not absent:
        return {}
    candidates = _added(place) if staged else _untracked(place)
    found: dict[bytes, bytes] = {}
    for root in absent if candidates else ():
        known = Known.of(place, root)
        names = {*candidates, *_inside(place, candidates, root.path)} if not staged else set(candidates)
        fits = (path for path in sorted(names) if path not in found.values() and known.is_at(place, path))
        if (where := next(fits, None)) is not None:
            found[root.pointer] = where
    return found


def mv_command(old: bytes, new: bytes) -> str:
    """What to type so that the pointer follows."""
    return f"git data mv {shlex.quote(os.fsdecode(old))} {shlex.quote(os.fsdecode(new))}"


def moved_beside(place: Workspace, pointers: Iterable[bytes]) -> dict[bytes, bytes]:
    """As `moved_by_hand`, for these pointers, but quick, as Git waits: only what lies beside the place is looked at."""
    found: dict[bytes, bytes] = {}
    for root in map(place.root, pointers):
        beside = list(_beside(place, root)) if _lacks_data(root) else []
        if not beside:
            continue
        known = Known.of(place, root)
        where = next((path for path in beside if known.is_at(place, path)), None)
        if where is not None and not in_commit(place.git, "HEAD", [where]):
            found[root.pointer] = where
    return found


def _beside(place: Workspace, root: DataRoot) -> Iterator[bytes]:
    """What came beside a place, under any name, since its pointer was last known to agree with the data."""
    folder = root.path.rpartition(b"/")[0]
    since_ns = place.state.agreed_ns(root.pointer)
    known = {other.data for other in place.state.known()}
    with contextlib.suppress(OSError), os.scandir(os.path.join(root.top, folder)) as entries:
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if path in known or entry.name == b".git" or entry.is_symlink():
                continue
            # To rename something moves this time, on the usual file systems.
            if entry.stat(follow_symlinks=False).st_ctime_ns > since_ns:
                yield path


def _lacks_data(root: DataRoot) -> bool:
    return os.path.lexists(root.pointer_full) and not os.path.lexists(root.full)


@frozen
class Known:
    """Some files of a data root as they were last known."""

    files: dict[bytes, Entry]
    rows: Rows

    @classmethod
    def of(cls, place: Workspace, root: DataRoot) -> "Known":
        """Of the version that its base names, as far as it is here."""
        listing = _listing(place, root)
        names = sorted(path for path, entry in listing.items() if entry.kind in ("file", "exec"))
        some = names[:: max(1, len(names) // _COMPARED)][:_COMPARED]
        rows = place.state.lookup(root.pointer).all()
        return cls({path: listing[path] for path in some}, {path: rows[path] for path in some if path in rows})

    def is_at(self, place: Workspace, path: bytes) -> bool:
        """Whether the data is at `path`: half of the files are the very same, or look the same and one of them is."""
        down = Descent(os.fsencode(place.repository.top))
        same, alike = 0, []
        for name, entry in self.files.items():
            here = below(path, name)
            try:
                seen = down.status(here)
            except OSError:
                continue
            if stat.S_ISREG(seen.st_mode) and seen.st_size == entry.size:
                row = self.rows.get(name)
                same += row is not None and (row[0][1], row[0][3]) == (seen.st_ino, seen.st_mtime_ns)
                alike.append((entry.size, here, entry))
        half = max(1, (len(self.files) + 1) // 2)
        return same >= half or (len(alike) >= half and _has_content(down, alike))


def _has_content(down: Descent, alike: Iterable[tuple[int, bytes, Entry]]) -> bool:
    """Whether the smallest file that is not empty has the content that is known of it."""
    size, path, entry = min((item for item in alike if item[0]), default=(0, b"", None))
    if entry is None or size > _HASHED:
        return False
    try:
        with open(down.open(path), "rb") as file:
            return blake3_of(file) == entry.id
    except OSError:
        return False


def _listing(place: Workspace, root: DataRoot) -> Listing:
    text = place.state.base(root.pointer)
    try:
        with place.open_store() as store:
            return pointer_files.listing_of(pointer_files.parse(root.pointer, text or b""), store)
    except (BadPointer, DataMissing):
        return {}


def _untracked(place: Workspace) -> list[bytes]:
    found = listed(place.git, "--others", "--directory", "--exclude-standard", "--", ":(top)")
    return [path.rstrip(b"/") for path in found]


def _inside(place: Workspace, folders: Sequence[bytes], data: bytes) -> Iterator[bytes]:
    """What is in directories of which Git knows nothing: first what is named as the data was."""
    name = data.rpartition(b"/")[2]
    for folder in folders:
        full = os.path.join(os.fsencode(place.repository.top), folder)
        yield folder + b"/" + name
        try:
            with os.scandir(full) as entries:
                found = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        yield from (folder + b"/" + other for other in sorted(found)[:_INSIDE])


def _added(place: Workspace) -> list[bytes]:
    """The files that the index has and the last commit has not, and the directories that they are in."""
    raw = place.git.run(
        "diff", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=A", "--", ":(top)"
    )
    files = raw.split(b"\0")[:-1]
    return sorted({*files, *(folder for path in files for folder in above(path))})
