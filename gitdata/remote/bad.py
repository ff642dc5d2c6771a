"""Bad: what on a remote is not as its manifests say."""

from gitdata.ids import ChunkId, PackId
from gitdata.values import frozen


@frozen
class Bad:
    """What on a remote is not to be relied on."""

    packs: frozenset[PackId] = frozenset()  # gone, condemned, or of another size
    places: frozenset[tuple[PackId, ChunkId]] = frozenset()  # chunks that are not right where they should be

    @property
    def touched(self) -> frozenset[PackId]:
        """Packs that must not be sent again under their name: there is something of that name."""
        return self.packs | {pack for pack, _chunk in self.places}
