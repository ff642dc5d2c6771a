"""What Git itself has in the place of data: one file for each pointer, with its path and the names, divided by NULs."""

from collections.abc import Iterable
from pathlib import Path

from gitdata import durable
from gitdata.formats.pointer_path import PointerPath, checked


def load(directory: Path) -> dict[bytes, tuple[bytes, ...]]:
    """By pointer path, the files (paths below the root) that were noted."""
    if not directory.is_dir():
        return {}
    noted = [file.read_bytes().split(b"\0") for file in directory.iterdir() if not file.name.startswith(".")]
    return {path: tuple(names) for path, *names in noted if isinstance(checked(path), PointerPath)}


def save(file: Path, pointer_path: bytes, names: Iterable[bytes]) -> None:
    """Replace the note of one pointer, or remove it when there are no names."""
    wanted = sorted(set(names))
    text = b"\0".join([pointer_path, *wanted])
    if not wanted:
        file.unlink(missing_ok=True)
    elif not file.exists() or file.read_bytes() != text:
        durable.make_folder(file.parent)
        durable.write_file(file, text, fsync=False)
