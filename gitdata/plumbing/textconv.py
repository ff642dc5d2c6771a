"""Textconv: a pointer as one line per file, so that `git diff` shows files whatever form the pointer has."""

import sys
from pathlib import Path

from gitdata import workspace
from gitdata.errors import GitDataError
from gitdata.formats import pointer
from gitdata.formats.quoting import quote
from gitdata.worktree import pointing


def run(file: str) -> int:
    """Print the pointer in `file`; as it is when it cannot be expanded without the network."""
    text = Path(file).read_bytes()
    out = sys.stdout.buffer
    try:
        value = pointer.parse(text)
        with workspace.here().open_store() as store:
            listing = pointing.listing_of(value, store)
    except GitDataError:
        out.write(text)
        return 0
    for path, entry in sorted(listing.items()):
        out.write(b"%s %d %s %s\n" % (entry.id.hex()[:16].encode(), entry.size, entry.kind.encode(), quote(path)))
    return 0
