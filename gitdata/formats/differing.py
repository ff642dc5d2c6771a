"""Two versions side by side: directories that are the same in both are not even read."""

from collections.abc import Callable

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH, meet
from gitdata.formats.tree import MAX_ENTRIES, NO_FILES, Entry, Listing, decode_tree, flatten
from gitdata.ids import BlobId, RootId


def differing(before: RootId, after: RootId, read: Callable[[BlobId], bytes]) -> tuple[Listing, Listing]:
    """What each of two versions lists where they differ, and nothing of what is the same in both.

    Only where a new name could be taken for another one in its directory, all of that directory is there.
    `read` gives the verified bytes of a tree. Raises `BadFormat` when they are deeper than 256
    directories or larger than 20 million entries, and what `read` raises.
    """
    old, new = Listing(), Listing()
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
        for listing, mine, others in ((old, here, there), (new, there, here)):
            for name in mine.keys() - same:
                _add(listing, prefix + name, mine[name], read if mine[name] != others.get(name) else None)
        if len(old) + len(new) + len(pending) > 2 * MAX_ENTRIES:
            raise BadFormat(f"more than {MAX_ENTRIES} entries")
    return old, new


def _add(listing: Listing, path: bytes, entry: Entry, read: Callable[[BlobId], bytes] | None) -> None:
    """Add to `listing` what is at `path`; with `read` everything below a directory."""
    below = flatten(RootId(entry.id), read) if entry.kind == "dir" and read is not None else {}
    listing.update({path + b"/" + name: found for name, found in below.items()})
    if not below:
        listing[path] = entry
