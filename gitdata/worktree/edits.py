"""The edits that the last look at a data root has shown to Git: what differs from the base, by stat data alone.

What was shown is Git's to discard, as long as it looks as it did then. Losing the file costs a look; nothing
in it is ever taken for content.
"""

import marshal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from gitdata import durable
from gitdata.errors import BadPointer
from gitdata.formats import pointer
from gitdata.formats.tree import Entry, Kind, Listing
from gitdata.formats.unrecorded import What, base_of
from gitdata.ids import RootId
from gitdata.store.signature import Signature
from gitdata.values import field, frozen
from gitdata.worktree.scan import Scan

_VERSION = 1
_HASH_SIZE = 32


class Edit(NamedTuple):
    """What a look has seen at one path."""

    what: What
    kind: Kind  # now; of what is deleted: before
    size: int  # bytes now; of what is deleted: bytes before
    seen: Signature | None  # None: nothing is there, or it might change and look the same


@frozen
class Edits:
    """What the pointer in the work tree tells Git."""

    told: bytes  # the hash of its text
    found: Mapping[bytes, Edit] = field(default_factory=dict)  # by path below the root
    recorded: bool = False  # Git has taken these edits: they are the base now, and nothing differs from that

    def taken(self, text: bytes) -> bool:
        """Whether Git has taken the edits that the pointer `text` tells of."""
        return self.recorded and digest(text) == self.told

    def still(self, scan: Scan, listing: Listing) -> dict[bytes, Entry | None]:
        """What is at those of the paths that look as they did; `scan` and `listing` are how all looks now."""
        same: dict[bytes, Entry | None] = {}
        for path, edit in self.found.items():
            now = listing.get(path)
            if now is None:
                if edit.what == "deleted":
                    same[path] = None
            elif now.kind == "dir" or (
                edit.seen is not None and edit.seen == (scan.links if now.kind == "link" else scan.files).get(path)
            ):
                same[path] = now
        return same


def digest(text: bytes) -> bytes:
    """The hash of a pointer's text."""
    return blake3(text).digest()


def is_told(edits: Edits | None, text: bytes, base: bytes | None) -> bool:
    """Whether the pointer's `text` is what a look has made of the recorded one, `base`, with or without `edits`.

    Also where the look was killed before it could remember them: nobody but a look writes that form, of that base.
    """
    if text == base if edits is None else digest(text) == edits.told:
        return True
    return base is not None and (made_of := base_of(text)) is not None and made_of == _root_of(base)


def _root_of(text: bytes) -> RootId | None:
    try:
        return pointer.parse(text).root()
    except BadPointer:
        return None


def load(file: Path) -> Edits | None:
    """What was saved in `file`; None when there is nothing, or nothing to be trusted."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    payload = memoryview(data)[_HASH_SIZE:]
    if blake3(payload).digest() != data[:_HASH_SIZE]:
        return None
    try:
        version, python, told, recorded, rows = marshal.loads(payload)  # noqa: S302 - ours, and just checked by its hash
    except (ValueError, EOFError, TypeError):
        return None
    if (version, python >> 24) != (_VERSION, sys.hexversion >> 24):
        return None
    found = {path: Edit(what, kind, size, Signature(*seen) if seen else None) for path, what, kind, size, seen in rows}
    return Edits(told, found, recorded)


def save(file: Path, edits: Edits) -> None:
    """Replace what is saved in `file`."""
    rows = [(path, *edit[:3], tuple(edit.seen) if edit.seen else None) for path, edit in edits.found.items()]
    payload = marshal.dumps((_VERSION, sys.hexversion, edits.told, edits.recorded, rows), 2)
    durable.make_folder(file.parent)
    durable.write_file(file, blake3(payload).digest(), payload, fsync=False)
