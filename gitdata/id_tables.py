"""Tables of ids that stay small in memory: some 50 bytes for each id, where a set of Python's takes 150.

A few are kept in a dictionary. Many are rows of bytes, an id and what belongs to it, by the first bytes of their
ids: ids are hashes, so each place has about as many.
"""

import struct
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TypeVar

from gitdata.ids import ID_SIZE

Id = TypeVar("Id", bound=bytes)

_FEW = 1 << 16  # ids
_PLACES = 1 << 16
_place = struct.Struct(">H").unpack_from


class IdTable(AbstractSet[Id]):
    """Ids, each with `width` bytes that belong to it; they are given in no order that means anything."""

    __slots__ = ("_count", "_few", "_places", "_width")

    def __init__(self, width: int = 0) -> None:
        self._width = width
        self._few: dict[Id, bytes] = {}
        self._places: list[bytearray] | None = None
        self._count = 0  # in the places

    @classmethod
    def _from_iterable(cls, found: Iterable[Id]) -> "AbstractSet[Id]":  # type: ignore[override]
        """What comes of it with another set; mostly little."""
        return set(found)

    def put(self, identifier: Id, value: bytes = b"") -> None:
        """Add an id, or let something else belong to one that is there."""
        if self._places is None:
            self._few[identifier] = value
            if len(self._few) > _FEW:
                self._spread()
            return
        place = self._places[_place(identifier)[0] % len(self._places)]
        at = self._at(place, identifier) if place.find(identifier) >= 0 else -1
        if at < 0:
            place += identifier + value if value else identifier
            self._count += 1
        elif value:
            place[at + ID_SIZE : at + ID_SIZE + self._width] = value

    def update(self, identifiers: Iterable[Id]) -> None:
        """Add ids to which nothing belongs."""
        if self._places is None:
            self._few.update(dict.fromkeys(identifiers, b""))
            if len(self._few) > _FEW:
                self._spread()
            return
        for identifier in identifiers:
            self.put(identifier)

    def value(self, identifier: Id) -> bytes | None:
        """What belongs to an id; None when it is not there."""
        if self._places is None:
            return self._few.get(identifier)
        place = self._places[_place(identifier)[0] % len(self._places)]
        at = self._at(place, identifier)
        return None if at < 0 else bytes(place[at + ID_SIZE : at + ID_SIZE + self._width])

    def __contains__(self, identifier: object) -> bool:
        if self._places is None:
            return identifier in self._few
        if not isinstance(identifier, bytes):
            return False
        return self._at(self._places[_place(identifier)[0] % len(self._places)], identifier) >= 0

    def __len__(self) -> int:
        return self._count if self._places is not None else len(self._few)

    def __iter__(self) -> Iterator[Id]:
        return (identifier for identifier, _value in self.rows())

    def rows(self) -> Iterator[tuple[Id, bytes]]:
        """The ids and what belongs to each; nothing may be added meanwhile."""
        if self._places is None:
            yield from self._few.items()
            return
        row = ID_SIZE + self._width
        for place in self._places:
            data = bytes(place)
            for at in range(0, len(data), row):
                yield data[at : at + ID_SIZE], data[at + ID_SIZE : at + row]  # type: ignore[misc]

    def _at(self, place: bytearray, identifier: bytes) -> int:
        """Where in a place the row of an id begins; -1 when there is none."""
        at, row = place.find(identifier), ID_SIZE + self._width
        while at >= 0 and at % row:  # somewhere between two rows, by chance or by somebody's will
            at = place.find(identifier, at + 1)
        return at

    def _spread(self) -> None:
        few, self._few = self._few, {}
        self._places = [bytearray() for _place in range(_PLACES)]
        for identifier, value in few.items():
            self.put(identifier, value)
