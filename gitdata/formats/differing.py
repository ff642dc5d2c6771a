"""Two versions side by side: directories that are the same in both are not even read."""

from collections.abc import Callable, Iterable

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH, meet
from gitdata.formats.side_by_side import Different, side_by_side
from gitdata.formats.tree import NO_FILES, Entry, Listing, Room, decode_tree, flatten, rows_in
from gitdata.ids import BlobId, RootId


def differing(before: RootId, after: RootId, read: Callable[[BlobId], bytes]) -> tuple[Listing, Listing]:
    """What each of two versions lists where they differ, and nothing of what is the same in both.

    Only where a new name could be taken for another one in its directory, all of that directory is there.
    `read` gives the verified bytes of a tree. Raises `BadFormat` when they are deeper than 2,048
    directories or where they differ larger than a version may be, and what `read` raises.
    """
    old, new = Listing(), Listing()
    rooms = Room(), Room()
    pending = [(b"", BlobId(before), BlobId(after), 0)]
    while pending:
        prefix, one, other, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise BadFormat(f"directories are nested more than {MAX_DEPTH} deep")
        here, there = read(one), read(other)
        for listing, mine, tree in ((old, here, one), (new, there, other)):
            if mine == NO_FILES and prefix:
                listing[prefix[:-1]] = Entry("dir", len(NO_FILES), tree)
        for name, was, shall in _to_list(here, there):
            if was is not None and shall is not None and was.kind == shall.kind == "dir" and was.id != shall.id:
                pending.append((prefix + name + b"/", was.id, shall.id, depth + 1))
                continue
            for listing, entry, room in ((old, was, rooms[0]), (new, shall, rooms[1])):
                if entry is not None:
                    _add(listing, prefix + name, entry, read if was != shall else None, room)
        rooms[0].take(1, len(prefix))
    return old, new


def _to_list(here: bytes, there: bytes) -> Iterable[Different]:
    """What of two directories is listed: what differs, or everything where a new name may be taken for another one."""
    different = list(side_by_side(here, there))
    added = any(was is None for _name, was, _shall in different)
    if not added or not meet([name for rows in rows_in(there) for name, _entry in rows]):
        return different
    before, after = dict(decode_tree(here)), dict(decode_tree(there))
    return ((name, before.get(name), after.get(name)) for name in before.keys() | after.keys())


def _add(listing: Listing, path: bytes, entry: Entry, read: Callable[[BlobId], bytes] | None, room: Room) -> None:
    """Add to `listing` what is at `path`; with `read` everything below a directory."""
    room.take(1, len(path))
    below = flatten(RootId(entry.id), read, path + b"/", room) if entry.kind == "dir" and read is not None else {}
    listing.update(below)
    if not below:
        listing[path] = entry
