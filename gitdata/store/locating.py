"""Where chunks lie, from the tables of all packs: a third of the time that the catalog takes where most is wanted."""

from collections.abc import Callable, Iterable, Iterator, Reversible
from collections.abc import Set as AbstractSet

from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats.located import MANY, Locations
from gitdata.formats.pack import Frame, Location, frames_in
from gitdata.ids import ChunkId, PackId


def listed(
    packs: Reversible[PackId], table: Callable[[PackId], bytes], chunks: AbstractSet[ChunkId]
) -> dict[ChunkId, Location] | Locations:
    """Where those of `chunks` lie that are in `packs`, in the order in which these came. Raises as `table` does."""
    found: dict[ChunkId, Location] | Locations = {} if len(chunks) <= MANY else Locations()
    for pack in reversed(packs):  # of two places the first one counts, as in the catalog
        rows = frames_in(table(pack))
        found.update((chunk, Location(pack, *where)) for chunk, *where in rows if chunk in chunks)
    return found


def all_frames(packs: Iterable[PackId], table: Callable[[PackId], bytes]) -> Iterator[Frame]:
    """The frames of `packs`, one after the other; of a pack whose table cannot be read, which fsck tells, none."""
    for pack in packs:
        try:
            frames = frames_in(table(pack))
        except (BadFormat, DataCorrupt):
            continue
        yield from frames
