"""Two versions side by side: directories that are the same in both are not even read."""

from collections.abc import Callable

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH, meet
from gitdata.formats.tree import NO_FILES, Entry, Listing, Room, decode_tree, flatten
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
        here, there = dict(decode_tree(read(one))), dict(decode_tree(read(other)))
        for listing, mine, tree in ((old, here, one), (new, there, other)):
            if not mine and prefix:
                listing[prefix[:-1]] = Entry("dir", len(NO_FILES), tree)
        clash = not there.keys() <= here.keys() and meet(there)
        same = set() if clash else {name for name, entry in here.items() if there.get(name) == entry}
        for name in here.keys() & there.keys() - same:
            was, shall = here[name], there[name]
            if was.kind == shall.kind == "dir" and was.id != shall.id:
                pending.append((prefix + name + b"/", was.id, shall.id, depth + 1))
                same.add(name)
        for listing, mine, others, room in ((old, here, there, rooms[0]), (new, there, here, rooms[1])):
            for name in mine.keys() - same:
                _add(listing, prefix + name, mine[name], read if mine[name] != others.get(name) else None, room)
        rooms[0].take(1, len(prefix))
    return old, new


def _add(listing: Listing, path: bytes, entry: Entry, read: Callable[[BlobId], bytes] | None, room: Room) -> None:
    """Add to `listing` what is at `path`; with `read` everything below a directory."""
    room.take(1, len(path))
    below = flatten(RootId(entry.id), read, path + b"/", room) if entry.kind == "dir" and read is not None else {}
    listing.update(below)
    if not below:
        listing[path] = entry
