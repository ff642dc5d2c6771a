"""Two versions side by side: directories that are the same in both are not even read."""

from collections.abc import Callable

from gitdata.errors import BadFormat
from gitdata.formats.names import MAX_DEPTH
from gitdata.formats.tree import MAX_ENTRIES, NO_FILES, Entry, Listing, decode_tree, flatten
from gitdata.ids import BlobId, RootId


def differing(before: RootId, after: RootId, read: Callable[[BlobId], bytes]) -> tuple[Listing, Listing]:
    """The listings of two versions, in which a directory that is the same in both stands for all that is in it.

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
        for name in here.keys() & there.keys():
            was, shall = here[name], there[name]
            if was.kind == shall.kind == "dir" and was.id != shall.id:
                pending.append((prefix + name + b"/", was.id, shall.id, depth + 1))
                del here[name], there[name]
        old.update(_listed(prefix, here, there, read))
        new.update(_listed(prefix, there, here, read))
        if len(old) + len(new) + len(pending) > 2 * MAX_ENTRIES:
            raise BadFormat(f"more than {MAX_ENTRIES} entries")
    return old, new


def _listed(
    prefix: bytes, mine: dict[bytes, Entry], others: dict[bytes, Entry], read: Callable[[BlobId], bytes]
) -> Listing:
    """What is in a directory, with everything below what only one version has."""
    listing: Listing = {}
    for name, entry in mine.items():
        below = flatten(RootId(entry.id), read) if entry.kind == "dir" and others.get(name) != entry else {}
        listing.update({prefix + name + b"/" + path: found for path, found in below.items()})
        if not below:
            listing[prefix + name] = entry
    return listing
