"""Textconv: a pointer as one line per file, so that `git diff` shows files whatever form the pointer has."""

import sys
from pathlib import Path

from gitdata import workspace
from gitdata.errors import GitDataError
from gitdata.formats import pointer
from gitdata.formats.quoting import quote
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.store.hashing import blake3_of
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import digest


def run(file: str) -> int:
    """Print the pointer in `file`; as it is when it cannot be expanded without the network.

    A pattern file comes with its content, or as a pointer when that is not here: one line either way.
    """
    if not file.endswith(".gitdata"):
        return _pattern_file(Path(file))
    text = Path(file).read_bytes()
    out = sys.stdout.buffer
    try:
        place = workspace.here()
        if is_unrecorded(text):
            text = _taken(place, text) or text
        value = pointer.parse(text)
        with place.open_store() as store:
            listing = pointer_files.listing_of(value, store)
    except GitDataError:
        out.write(text)
        return 0
    for path, entry in sorted(listing.items()):
        out.write(b"%s %d %s %s\n" % (entry.id.hex()[:16].encode(), entry.size, entry.kind.encode(), quote(path)))
    return 0


def _taken(place: Workspace, text: bytes) -> bytes | None:
    """The recorded pointer that Git was given when it asked for a pointer of the work tree that has this `text`."""
    for path in place.state.known():
        edits = place.state.edits(path)
        if edits is not None and edits.recorded and edits.told == digest(text):
            return place.state.base(path)
    return None


def _pattern_file(file: Path) -> int:
    with open(file, "rb") as content:
        entry = pointer.file_entry(content.read(pointer.FILE_LIMIT + 1))
        content.seek(0)
        blob, size = (entry.id, entry.size) if entry else (blake3_of(content), file.stat().st_size)
    sys.stdout.buffer.write(b"%s %d file\n" % (blob.hex()[:16].encode(), size))
    return 0
