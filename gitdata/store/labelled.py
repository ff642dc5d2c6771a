"""Labelled: chunks with what needs each of them, in a table that stays small however many they are."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from gitdata.formats.pack import Frame
from gitdata.id_tables import IdTable
from gitdata.ids import ChunkId

Label = TypeVar("Label", bound=Hashable)
_WIDTH = 4  # bytes for the number of a set of labels


class Labelled(Generic[Label]):
    """Chunks, each with a set of labels. There are few different sets of them, whose numbers are kept."""

    def __init__(self) -> None:
        self._table = IdTable[ChunkId](_WIDTH)
        self._sets: list[frozenset[Label]] = []
        self._numbers: dict[frozenset[Label], bytes] = {}

    def add(self, chunks: Iterable[ChunkId], *labels: Label) -> None:
        """Put labels on chunks, beside those that they have."""
        with_these: dict[bytes | None, bytes] = {}  # the number of what they have then, by that of what they have
        for chunk in chunks:
            before = self._table.value(chunk)
            after = with_these.get(before)
            if after is None:
                after = with_these[before] = self._number(self._set(before).union(labels))
            if after != before:
                self._table.put(chunk, after)

    def __contains__(self, chunk: ChunkId) -> bool:
        return chunk in self._table

    def labels(self, chunk: ChunkId) -> frozenset[Label]:
        """What a chunk has; nothing when it was never labelled."""
        return self._set(self._table.value(chunk))

    def having(self, *labels: Label) -> AbstractSet[ChunkId]:
        """The chunks that have one of some labels: what they are whenever it is looked at."""
        return _Having(self, frozenset(labels))

    def rows(self) -> Iterator[tuple[ChunkId, frozenset[Label]]]:
        """Chunks and what they have; nothing may be added meanwhile."""
        return ((chunk, self._set(value)) for chunk, value in self._table.rows())

    def stored(self, frames: Iterable[Frame]) -> Mapping[frozenset[Label], int]:
        """The stored bytes of `frames` by what needs them (the empty set: nothing), each chunk counted once."""
        found: defaultdict[frozenset[Label], int] = defaultdict(int)
        met = IdTable[ChunkId]()
        for frame in frames:
            if frame.chunk not in met:
                met.put(frame.chunk)
                found[self.labels(frame.chunk)] += frame.stored
        return found

    def _set(self, number: bytes | None) -> frozenset[Label]:
        return frozenset() if number is None else self._sets[int.from_bytes(number, "little")]

    def _number(self, labels: frozenset[Label]) -> bytes:
        number = self._numbers.get(labels)
        if number is None:
            number = self._numbers[labels] = len(self._sets).to_bytes(_WIDTH, "little")
            self._sets.append(labels)
        return number


class _Having(AbstractSet[ChunkId]):
    """The chunks that have one of some labels."""

    def __init__(self, labelled: Labelled[Label], labels: frozenset[Label]) -> None:
        self._labelled, self._labels = labelled, labels

    def __contains__(self, chunk: object) -> bool:
        return isinstance(chunk, bytes) and not self._labels.isdisjoint(self._labelled.labels(ChunkId(chunk)))

    def __iter__(self) -> Iterator[ChunkId]:
        return (chunk for chunk, labels in self._labelled.rows() if not self._labels.isdisjoint(labels))

    def __len__(self) -> int:
        return sum(1 for _chunk in self)
