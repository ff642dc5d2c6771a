"""Files in which a merge has left conflict markers: a commit asks whether they have been mended.

One file, which is there as long as there is such a file; `hooks/in-order` looks for it. Each is its pointer's path, its
own path below the root and the length of its markers, each ended by a NUL.
"""

from collections.abc import Mapping
from pathlib import Path

from gitdata import durable
from gitdata.formats.conflict_markers import has_markers
from gitdata.formats.tree import Entry
from gitdata.store.store import Store

_FILE = "marked"
_LIMIT = 256 << 20  # bytes: what is larger was not merged line by line

Marked = dict[tuple[bytes, bytes], int]
"""By pointer path and path below the root: the characters of a marker."""


def load(directory: Path) -> Marked:
    """What was noted in the state directory of a work tree; what nobody can have written is left out."""
    try:
        words = (directory / _FILE).read_bytes().split(b"\0")
    except FileNotFoundError:
        return {}
    return {
        (pointer, path): int(length)
        for pointer, path, length in zip(words[::3], words[1::3], words[2::3], strict=False)
        if length.isdigit() and int(length) > 0
    }


def save(directory: Path, marked: Mapping[tuple[bytes, bytes], int]) -> None:
    """Replace what was noted, or remove the file when there is nothing."""
    file = directory / _FILE
    if not marked:
        file.unlink(missing_ok=True)
        return
    durable.make_folder(directory)
    rows = [b"%s\0%s\0%d\0" % (*paths, length) for paths, length in sorted(marked.items())]
    durable.write_file(file, *rows, fsync=False)


def add(directory: Path, pointer: bytes, paths: Mapping[bytes, int]) -> None:
    """Note files of one root."""
    save(directory, {**load(directory), **{(pointer, path): length for path, length in paths.items()}})


def still_marked(store: Store, entry: Entry | None, length: int) -> bool:
    """Whether a version of a file, which is in `store`, has such markers."""
    if entry is None or entry.kind not in ("file", "exec") or entry.size > _LIMIT or not store.has([entry.id]):
        return False
    return has_markers(store.stream(entry.id, entry.size), length)
