"""Coverage: which blobs of versions a remote has - located by their manifests, in packs that are there.

It is known from the manifests and from the sizes of packs alone; what lies in them is not read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats.manifest import Manifest
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.remote.bad import Bad
from gitdata.remote.intact import intact
from gitdata.remote.manifests import Manifests
from gitdata.values import field, frozen


@frozen
class Coverage:
    """What the manifests of a remote locate, as far as it is there."""

    manifests: Manifests
    absent: frozenset[RootId]  # versions without a manifest
    packs: int  # that were looked for
    stand_ins: Mapping[RootId, Sequence[RootId]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        manifests: Manifests,
        roots: Iterable[RootId],
        sizes: Mapping[PackId, int],
        stand_ins: Mapping[RootId, Sequence[RootId]],
    ) -> "Coverage":
        """Look at what the remote has of `roots`.

        A version without a manifest (its pointer was merged as text) may be covered by those of its `stand_ins`.
        `sizes` of packs are known here.
        """
        wanted = set(roots)
        absent = manifests.look_up(wanted.union(*stand_ins.values()))
        others = {root for lacking in absent & stand_ins.keys() for root in stand_ins[lacking]}
        relied = [root for root in dict.fromkeys((*roots, *others)) if root not in absent and root in wanted | others]
        found = intact(manifests, relied, sizes, Bad())
        # What was read before is kept, so that it may be gone from the remote meanwhile.
        gone = manifests.look_up(base for root in relied for base in _bases(manifests, root))
        return cls(manifests, frozenset(absent | gone), found.looked_for, stand_ins)

    def chain(self, root: RootId) -> list[Manifest]:
        """The manifests that say where a version lies; none when there are none. Raises `DataCorrupt`."""
        if root not in self.absent:
            return [manifest for manifest in self.manifests.chain(root) if manifest.root not in self.absent]
        found: dict[RootId, Manifest] = {}
        for other in self.stand_ins.get(root, ()):
            if other not in self.absent:
                try:
                    found.update((manifest.root, manifest) for manifest in self.chain(other))
                except (BadFormat, DataCorrupt):
                    continue
        return list(found.values())

    def lacking(self, root: RootId, blobs: Collection[BlobId]) -> dict[BlobId, str]:
        """Those of `blobs`, of the version `root`, that the remote does not have, and why. Raises `DataCorrupt`."""
        chain = self.chain(root)
        return dict(_lacking(self.manifests, chain, blobs)) if chain else {}


def _bases(manifests: Manifests, root: RootId) -> Sequence[RootId]:
    try:
        head = manifests.head(root)
    except (BadFormat, DataCorrupt):
        return ()
    return head.bases if head is not None else ()


def _lacking(manifests: Manifests, chain: Sequence[Manifest], blobs: Iterable[BlobId]) -> Iterator[tuple[BlobId, str]]:
    for blob in blobs:
        parts = next((one.recipes[blob][1] for one in chain if blob in one.recipes), (ChunkId(blob),))
        absent = [part for part in parts if not any(part in one.chunks for one in chain)]
        if absent:
            pack = manifests.was_in(absent[0])
            yield blob, f"pack {short(pack)} is gone or cut off there" if pack else "no manifest says where it lies"
