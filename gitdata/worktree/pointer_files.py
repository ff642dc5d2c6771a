"""Pointer files of the work tree, and the listings that pointers stand for."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from gitdata.disk_errors import disk_errors
from gitdata.errors import BadFormat, BadPointer, DataMissing, UnsafeName
from gitdata.formats import pointer
from gitdata.formats.pointer import Form, Pointer
from gitdata.formats.tree import NO_FILES, Listing, build, count_files, flatten, reachable, total_size
from gitdata.formats.unfolding import Part
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.ids import BlobId, RootId
from gitdata.worktree import places
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.state import State

if TYPE_CHECKING:  # hooks that have nothing to do only read pointers
    from gitdata.store.store import Store


def read(root: DataRoot) -> bytes | None:
    """The text of the pointer file, or None when there is none: a link, there or on the way, is not followed."""
    folder, name = places.split(root.pointer)
    try:
        with places.directory(root.top, folder) as place:
            return place.read(name, pointer.LIMIT + 1)
    except (FileNotFoundError, UnsafeName):
        return None


def recorded(root: DataRoot, state: State) -> bytes | None:
    """The text of the recorded pointer that the pointer file stands for: of one that tells of edits, its base."""
    text = read(root)
    base = state.base(root.pointer) if text is not None and is_unrecorded(text) else None
    return text if base is None else base


def parse(path: bytes, text: bytes) -> Pointer:
    """The pointer that `text` is; `BadPointer` names the file at `path`."""
    try:
        return pointer.parse(text)
    except BadPointer as error:
        raise BadPointer(f"{os.fsdecode(path)}: {error}", error.hint) from error


def write(root: DataRoot, text: bytes) -> bool:
    """Replace the pointer file, unless it says so already, so that Git sees no change; whether it was replaced.

    The caller holds the lock of the work tree. Raises `UnsafeName` where a link is on the way.
    """
    if read(root) == text:
        return False
    folder, name = places.split(root.pointer)
    with places.directory(root.top, folder, noted=True) as place, disk_errors(os.fsdecode(root.pointer)):
        place.put(name, text, alone=True)
    return True


def remove(root: DataRoot) -> None:
    """Remove the pointer file, if it is there; raises `UnsafeName` where a link is on the way."""
    folder, name = places.split(root.pointer)
    with contextlib.suppress(FileNotFoundError), places.directory(root.top, folder) as place:
        place.drop(name)


def listing_of(value: Pointer, store: "Store") -> Listing:
    """The files a pointer stands for; raises `DataMissing` when its trees are not in `store`, `BadFormat`."""
    if value.listing is not None:
        return value.listing
    return unfolded(value, store.tree)


def unfolded(value: Pointer, read: Callable[[BlobId], bytes]) -> Listing:
    """The files of a pointer in tree form; `read` gives the verified bytes of a tree. Raises `BadFormat`."""
    if value.tree_root is None:
        raise ValueError("a pointer has a listing or a tree root")
    return _agreeing(value, flatten(value.tree_root, read))


def _agreeing(value: Pointer, listing: Listing) -> Listing:
    """The listing, if it comes to what the pointer says; raises `BadFormat`."""
    refuse_other(value, count_files(listing), total_size(listing))
    return listing


def agreeing(value: Pointer, parts: Iterable[Part]) -> Iterator[Part]:
    """The parts of a version; raises `BadFormat` at the end when they do not come to what the pointer says."""
    files = size = 0
    for part in parts:
        files += len(part.entries)
        size += sum([entry.size for _name, entry in part.entries])
        yield part
    refuse_other(value, files, size)


def refuse_other(value: Pointer, files: int, size: int) -> None:
    """Raise `BadFormat` when the trees of a pointer come to other numbers of files and bytes than it says."""
    if (files, size) != (value.files, value.size):
        raise BadFormat(
            f"a pointer says {value.files} files of {value.size} bytes, its trees say {files} of {size}",
            "it was not made by git-data; go back to a version that was",
        )


def blobs_of(value: Pointer, store: "Store") -> AbstractSet[BlobId]:
    """Every blob that a pointer stands for: files, links and trees. The trees of a listing are made and stored.

    Raises `DataMissing` when its trees are not in `store`.
    """
    if value.tree_root is not None:
        return reachable(value.tree_root, store.tree)
    listing = listing_of(value, store)
    blobs = {entry.id for entry in listing.values() if entry.kind != "dir"}
    return blobs if b"" in listing else blobs | keep_trees(listing, store).keys()


def listing_so_far(value: Pointer, store: "Store") -> tuple[Listing, set[BlobId]]:
    """The files a pointer stands for, as far as its trees are in `store`, and the trees that are missing on the way."""
    if value.tree_root is None:
        return listing_of(value, store), set()
    missing: set[BlobId] = set()

    def read(tree: BlobId) -> bytes:
        try:
            return store.tree(tree)
        except DataMissing:
            missing.add(tree)
            return NO_FILES

    listing = flatten(value.tree_root, read)
    return (listing if missing else _agreeing(value, listing)), missing


def text_for(
    listing: Listing, known: Sequence[bytes | None], limit: int, root: Callable[[], RootId] | None = None
) -> bytes:
    """The pointer text of a listing (`root` tells its id): one of the `known` texts when it names the same version.

    Else the form suits its size and what the first of them, the pointer so far, was. Two texts can
    name one version, and data that is back where it was must not look changed to Git.
    """
    if b"" in listing:
        return pointer.encode(listing, "file")
    written: dict[Form, bytes] = {}

    def encoded(form: Form) -> bytes:
        if form not in written:
            written[form] = pointer.encode(listing, form, root() if form == "tree" and root is not None else None)
        return written[form]

    for text in known:
        if text is not None and pointer.may_be(text, listing):
            form = pointer.form_of(text)
            if form is not None and text == encoded(form):
                return text
    so_far = pointer.form_of(known[0]) if known and known[0] is not None else None
    return encoded(pointer.choose_form(len(listing), so_far, limit))


def keep_trees(listing: Listing, store: "Store") -> Mapping[BlobId, bytes]:
    """Store the trees of a listing, so that a pointer in tree form can be read back; return them by id."""
    trees = build(listing).trees
    missing = trees.keys() - store.has(trees)
    if missing:
        with store.ingest() as ingest:
            for tree in missing:
                ingest.add(trees[tree])
    return trees
