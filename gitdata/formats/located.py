"""Where many chunks lie, in some 70 bytes for each: a dictionary of so many locations takes 300."""

import struct
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView

from gitdata.formats.pack import Location, frame_count, frames_in
from gitdata.id_tables import IdTable
from gitdata.ids import ChunkId, PackId

MANY = 50_000  # chunks: of fewer a dictionary is quicker
_WHERE = struct.Struct("<IIII")  # number of the pack, offset, stored and raw length


class Locations(Mapping[ChunkId, Location]):
    """Chunks and where they lie, in no order that means anything."""

    __slots__ = ("_numbers", "_packs", "_table")

    def __init__(self, items: Mapping[ChunkId, Location] | Iterable[tuple[ChunkId, Location]] = ()) -> None:
        self._table = IdTable[ChunkId](_WHERE.size)
        self._packs: list[PackId] = []
        self._numbers: dict[PackId, int] = {}
        self.update(items)

    def put(self, chunk: ChunkId, location: Location) -> None:
        """Say where a chunk lies, whatever was said before."""
        pack, offset, stored, raw = location
        number = self._numbers.get(pack)
        if number is None:
            number = self._numbers[pack] = len(self._packs)
            self._packs.append(pack)
        self._table.put(chunk, _WHERE.pack(number, offset, stored, raw))

    def update(self, items: Mapping[ChunkId, Location] | Iterable[tuple[ChunkId, Location]]) -> None:
        """Say where many chunks lie."""
        for chunk, location in items.items() if isinstance(items, Mapping) else items:
            self.put(chunk, location)

    def values(self) -> ValuesView[Location]:
        """The locations."""
        return _Values(self)

    def items(self) -> ItemsView[ChunkId, Location]:
        """Chunks with their locations."""
        return _Items(self)

    def __getitem__(self, chunk: ChunkId) -> Location:
        value = self._table.value(chunk)
        if value is None:
            raise KeyError(chunk)
        return self._location(value)

    def __contains__(self, chunk: object) -> bool:
        return chunk in self._table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[ChunkId]:
        return iter(self._table)

    def rows(self) -> Iterator[tuple[ChunkId, Location]]:
        """Chunks with their locations; none may be added meanwhile."""
        return ((chunk, self._location(value)) for chunk, value in self._table.rows())

    def _location(self, value: bytes) -> Location:
        number, offset, stored, raw = _WHERE.unpack(value)
        return Location(self._packs[number], offset, stored, raw)


class _Values(ValuesView[Location]):
    _mapping: Locations

    def __iter__(self) -> Iterator[Location]:
        return (location for _chunk, location in self._mapping.rows())


class _Items(ItemsView[ChunkId, Location]):
    """As one walk over the table, not as one question for each chunk."""

    _mapping: Locations

    def __iter__(self) -> Iterator[tuple[ChunkId, Location]]:
        return self._mapping.rows()


def locations(pack: PackId, table: bytes) -> Mapping[ChunkId, Location]:
    """Where the chunks of `pack` lie, from its encoded table; raises `BadFormat`."""
    items = ((chunk, Location(pack, *where)) for chunk, *where in frames_in(table))
    return dict(items) if frame_count(table) <= MANY else Locations(items)


def together(several: Sequence[Mapping[ChunkId, Location]]) -> Mapping[ChunkId, Location]:
    """What several say, the last one the last word; not to be changed."""
    filled = [one for one in several if one]
    if len(filled) <= 1:
        return filled[0] if filled else {}
    found: dict[ChunkId, Location] | Locations = {} if sum(map(len, filled)) <= MANY else Locations()
    for one in filled:
        found.update(one)
    return found
