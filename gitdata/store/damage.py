"""Damage: a pack whose bytes are not what they were is set aside, and what of it is whole stays in the store.

Set aside it is evidence: nothing reads it any more. Beside it lies what the store lost with it, until that is back.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gitdata import durable
from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats.pack import Location, Toc
from gitdata.ids import ID_SIZE, ChunkId, PackId
from gitdata.store.reading import read_pack_toc, verified
from gitdata.values import frozen
from gitdata.wording import count

LOST = ".lost"  # the end of the name of the file beside a pack that was set aside
_NAME = re.compile(r"[0-9a-f]{64}\.(pack|lost)")


@frozen
class SetAside:
    """What became of a pack."""

    kept: int  # chunks
    lost: frozenset[ChunkId]  # that are nowhere else in the store


def whole_frames(file: Path, frames: Mapping[ChunkId, Location]) -> Iterator[tuple[ChunkId, bytes, int]]:
    """Those of `frames` that `file` still has as they should be: chunk, stored bytes, raw length."""
    with contextlib.suppress(FileNotFoundError, PermissionError), open(file, "rb", buffering=0) as content:
        for chunk, location in sorted(frames.items(), key=lambda item: item[1].offset):
            try:
                stored = os.pread(content.fileno(), location.stored, location.offset)
                verified(chunk, stored, location)
            except (OSError, DataCorrupt):
                continue
            yield chunk, stored, location.raw


def table_of(file: Path) -> Toc | None:
    """The table of contents of a pack; None when it cannot be read."""
    try:
        return read_pack_toc(file)
    except (BadFormat, OSError):
        return None


def located(pack: PackId, toc: Toc) -> dict[ChunkId, Location]:
    """Where the chunks of a pack lie."""
    return {frame.chunk: Location(pack, frame.offset, frame.stored, frame.raw) for frame in toc.frames}


def note_lost(aside: Path, lost: Iterable[ChunkId], *, fsync: bool) -> None:
    """Write down, beside where a pack is set aside, which chunks the store lost with it."""
    durable.make_folder(aside.parent, fsync=fsync)
    durable.write_file(aside.with_suffix(LOST), b"".join(sorted(lost)), fsync=fsync)


def noted(quarantine: Path) -> dict[Path, frozenset[ChunkId] | None]:
    """The packs that are set aside, and what the store lost with each; None: nobody knows.

    What a process that was killed has left half-written beside them is none.
    """
    found: dict[Path, frozenset[ChunkId] | None] = {}
    for file in sorted(quarantine.iterdir()) if quarantine.is_dir() else ():
        if not _NAME.fullmatch(file.name):
            continue
        if file.suffix == LOST:
            data = file.read_bytes()
            ids = (data[start : start + ID_SIZE] for start in range(0, len(data), ID_SIZE))
            found[file.with_suffix(".pack")] = frozenset(map(ChunkId, ids))
        else:
            found.setdefault(file, None)
    return found


def said(packs: int, quarantine: Path, chunks: tuple[int, int, int]) -> str:
    """One line about packs that were set aside just now; of their `chunks` how many were kept, came again, are gone."""
    kept, again, gone = chunks
    verbs = ("were", "are") if packs > 1 else ("was", "is")
    parts = [f"{count(kept, 'chunk')} kept"]
    parts += [f"{again:,} had again"] if again else []
    parts += [f"{gone:,} not here any more (`git data fsck --repair` looks for them)"] if gone else []
    return (
        f"{count(packs, 'pack')} of this clone {verbs[0]} damaged and {verbs[1]} set aside in {quarantine}: "
        f"{', '.join(parts)}"
    )
