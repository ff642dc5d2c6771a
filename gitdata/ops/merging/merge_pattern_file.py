"""Merge a pattern file: by its content where that is text, else one side as a whole."""

import os
from pathlib import Path

from gitdata.errors import GitDataError, GitFailed
from gitdata.formats import pointer
from gitdata.formats.pointer import FILE_LIMIT, is_file_pointer
from gitdata.formats.tree import Entry
from gitdata.ops.merging.contents import Way, merge_contents
from gitdata.ops.patterns.clean import Cleaning
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT
from gitdata.store.sources import BLOCK
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_REPLAYED = 256 << 20  # bytes


@frozen
class MergedFile:
    """What is to stand in place of the pattern file."""

    text: bytes | None  # its pointer; None: ours stays
    conflict: bool = False
    length: int = 0  # characters of the conflict markers in it; 0: none
    how: str = ""  # by what it was merged, where lines did not do
    reason: GitDataError | None = None  # why its content could not be merged


def merge_file(place: Workspace, path: bytes, files: tuple[Path, Path, Path], way: Way) -> MergedFile:
    """The pointer of the side that changed, or of the merged content when both did.

    `files` are ancestor, ours and theirs. Git hands over what it has, which is content where a commit is older than
    the pattern: that counts as the pointer it would be now, and goes into the store.
    """
    with place.open_store() as store:
        base, mine, other = (_pointer(place, store, file) for file in files)
        # Both sides added the file: Git hands over nothing as its ancestor, not an empty file.
        if mine == other or (base and other == base):
            return MergedFile(mine)
        if base and mine == base:
            return MergedFile(other)
        texts = [text for text in (other, mine, base) if text]
        entries = [_entry(text) for text in (base, mine, other)]
        if entries[1] is None or entries[2] is None or len(texts) < 2:
            return MergedFile(None, conflict=True)
        needs = [Need(path, pointer_files.parse(path, text)) for text in texts]
        supply = Supply(place, store, progress=SILENT)
        done = merge_contents(place, supply, needs, {b"": (entries[0], entries[1], entries[2])}, way)
    if b"" in done.merged:
        return MergedFile(pointer.encode({b"": done.merged[b""]}, "file"), how=done.structured.get(b"", ""))
    if b"" in done.marked:
        entry, length = done.marked[b""]
        return MergedFile(pointer.encode({b"": entry}, "file"), conflict=True, length=length)
    return MergedFile(None, conflict=True, reason=done.reason)


def replay(place: Workspace, files: tuple[Path, Path, Path], length: int) -> bool | None:
    """Merge into the second file what `git rerere` remembers, which are contents and no pointers.

    Whether that is clean; None where it is not what Git is doing. It hands over files of the work tree as they were in
    an earlier conflict, as they are in this one, and as they were mended, with markers of `length` without labels.
    """
    markers = {letter * length for letter in (b"<", b"=", b">")}
    for file in files[:2]:
        if file.stat().st_size > _REPLAYED or not markers <= set(file.read_bytes().splitlines()):
            return None
    ancestor, ours, theirs = (os.path.abspath(file) for file in files)
    try:
        place.git.run("merge-file", "-q", f"--marker-size={length}", ours, ancestor, theirs)
    except GitFailed:
        return False
    return True


def _entry(text: bytes) -> Entry | None:
    return pointer.file_entry(text) if text else None


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


def describe(path: bytes, merged: MergedFile) -> list[str]:
    """How to go on, in one line, after one that says why its content was not merged."""
    name = os.fsdecode(path)
    if not merged.conflict:
        return [f"{name} merged {merged.how}"] if merged.how else []
    take = f"with `git checkout --theirs {name}` and `git add {name}`; then commit"
    if merged.length:
        how = f"Mend it and `git add {name}`, or take theirs {take}"
        return [f"both sides changed {name}; conflict markers show where. {how}"]
    lines = [f"the content of {name} could not be merged: {merged.reason}"] if merged.reason is not None else []
    return [
        *lines,
        f"both sides changed {name}; ours is in place. Keep it with `git add {name}`, or take theirs {take}",
    ]
