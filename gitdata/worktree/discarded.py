"""What was discarded: edits that no version had, taken out of the work tree because Git or a person said so.

Each time is a file that says by what and where, and ends with a pointer for the files as they were; their content is
in the store. Losing the files costs the way back, never data that is there.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gitdata import durable
from gitdata.errors import GitDataError
from gitdata.formats import pointer
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.quoting import quote, unquote
from gitdata.reading import small
from gitdata.values import frozen

FOLDER = "undo"  # in the state of a work tree
_HEAD = b"gitdata discarded 1"
_LIMIT = pointer.LIMIT + (1 << 20)  # bytes of such a file
_COMMAND_LIMIT = 4096  # bytes of a command line that are kept


@frozen
class Discarded:
    """Files of one data root that were discarded together."""

    when_ns: int  # since the epoch
    command: bytes  # which did it, as it was typed; empty: not known
    pointer: PointerPath
    text: bytes  # a pointer for the files as they were


def note(directory: Path, item: Discarded) -> None:
    """Add to those in `directory`; the content has to be in the store."""
    durable.make_folder(directory, fsync=True)
    while (file := directory / f"{item.when_ns:020}").exists():
        item = Discarded(item.when_ns + 1, item.command, item.pointer, item.text)
    lines = (_HEAD, quote(item.command[:_COMMAND_LIMIT]), quote(item.pointer), item.text)
    durable.write_file(file, b"\n".join(lines))


def load(directory: Path) -> list[Discarded]:
    """Those in `directory`, the latest first; one that cannot be read is left out."""
    return [item for file in sorted(_files(directory), reverse=True) if (item := _read(file)) is not None]


def drop_before(directory: Path, moment_ns: int) -> None:
    """Forget those from before a moment (nanoseconds since the epoch)."""
    for file in _files(directory):
        if int(file.name) < moment_ns:
            file.unlink(missing_ok=True)


def _files(directory: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from (file for file in directory.iterdir() if file.name.isascii() and file.name.isdigit())


def _read(file: Path) -> Discarded | None:
    try:
        head, command, path, text = (small(file, _LIMIT, "what was discarded") or b"").split(b"\n", 3)
        if head == _HEAD:
            return Discarded(int(file.name), unquote(command), PointerPath(unquote(path)), text)
    except (GitDataError, ValueError):
        pass
    return None
