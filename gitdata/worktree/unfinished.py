"""The roots whose data is being brought to another version, and was not when a process was killed.

One file, which is there as long as there is such a root: the scripts that Git calls look for it. It begins with a
NUL; then each root is the path of its pointer, the texts of the pointers that its data was on its way to, each ended
by a NUL, and one more NUL. A file without the NUL at its start is of an older git-data: paths alone, each
ended by a NUL.
"""

from collections.abc import Mapping
from pathlib import Path

from gitdata import durable
from gitdata.formats.pointer_path import PointerPath, checked

Aims = tuple[bytes, ...]
"""Pointer texts, in the order in which they were begun; empty when they are not known."""


def load(file: Path) -> dict[bytes, Aims]:
    """The unfinished roots by the paths of their pointers; raises `OSError` for a file that cannot be read."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return {}
    if not data.startswith(b"\0"):
        return {path: () for path in data.split(b"\0") if isinstance(checked(path), PointerPath)}
    found = {}
    for record in data[1:].split(b"\0\0"):
        path, *aims = record.split(b"\0")
        if isinstance(checked(path), PointerPath):
            found[path] = tuple(aims)
    return found


def save(file: Path, roots: Mapping[bytes, Aims]) -> None:
    """Replace the file, or remove it when there is no unfinished root; on the disk when this returns."""
    if not roots:
        file.unlink(missing_ok=True)
        return
    records = [b"\0".join((path, *aims)) + b"\0\0" for path, aims in sorted(roots.items())]
    durable.make_folder(file.parent)
    durable.write_file(file, b"\0", *records)
