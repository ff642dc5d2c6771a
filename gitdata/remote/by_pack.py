"""Chunks by the packs in which they lie, of a few packs at a time: lists of all take much memory."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping

from gitdata.formats.pack import Location
from gitdata.ids import ChunkId, PackId

_TOGETHER = 200_000  # chunks

Wanted = tuple[ChunkId, Location]


class ByPack:
    """Those of some `chunks` that are not in `known`, by pack."""

    def __init__(self, chunks: Mapping[ChunkId, Location], known: Container[ChunkId] = ()) -> None:
        self._chunks, self._known = chunks, known
        self.stored: Counter[PackId] = Counter()  # bytes
        self.counts: Counter[PackId] = Counter()
        for chunk, location in chunks.items():
            if not known or chunk not in known:
                self.stored[location.pack] += location.stored
                self.counts[location.pack] += 1

    def of(self, packs: Iterable[PackId]) -> Iterator[dict[PackId, list[Wanted]]]:
        """Those in some packs."""
        few: dict[PackId, list[Wanted]] = {}
        count = 0
        for pack in packs:
            if few and count + self.counts[pack] > _TOGETHER:
                yield self._filled(few)
                few, count = {}, 0
            few[pack] = []
            count += self.counts[pack]
        if few:
            yield self._filled(few)

    def _filled(self, few: dict[PackId, list[Wanted]]) -> dict[PackId, list[Wanted]]:
        for item in self._chunks.items():
            if (found := few.get(item[1].pack)) is not None and item[0] not in self._known:
                found.append(item)
        return few
