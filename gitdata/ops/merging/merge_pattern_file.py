"""Merge a pattern file: one side as a whole, because nobody can merge the content of a model."""

import os
from pathlib import Path

from gitdata.formats.pointer import FILE_LIMIT, is_file_pointer
from gitdata.ops.patterns.clean import Cleaning
from gitdata.store.sources import BLOCK
from gitdata.store.store import Store
from gitdata.workspace import Workspace


def merge_file(place: Workspace, ancestor: Path, ours: Path, theirs: Path) -> bytes | None:
    """The pointer of the side that changed; None when both did, differently.

    Git hands over what it has, which is content where a commit is older than the pattern: that counts as
    the pointer it would be now, and goes into the store.
    """
    with place.open_store() as store:
        base, mine, other = (_pointer(place, store, file) for file in (ancestor, ours, theirs))
    if mine == other:
        return mine
    if not base:
        return None  # both sides added the file: Git hands over nothing as its ancestor, not an empty file
    if other == base:
        return mine
    return other if mine == base else None


def _pointer(place: Workspace, store: Store, file: Path) -> bytes:
    with open(file, "rb") as content:
        head = content.read(FILE_LIMIT + 1)
        if not head or is_file_pointer(head):
            return head
        content.seek(0)
        cleaning = Cleaning(place, store)
        text = cleaning.clean(os.fsencode(file), iter(lambda: content.read(BLOCK), b""))
        cleaning.publish()
    return text


def describe(path: bytes) -> str:
    """How to go on, in one line."""
    name = os.fsdecode(path)
    return (
        f"both sides changed {name}; ours is in place. Keep it with `git add {name}`, "
        f"or take theirs with `git checkout --theirs {name}` and `git add {name}`; then commit"
    )
