"""Intact: which versions on a remote rely on packs that are gone or not as long as they were; in few requests."""

from collections.abc import Iterable, Mapping

from gitdata.errors import BadFormat, DataCorrupt
from gitdata.ids import ChunkId, PackId, RootId
from gitdata.remote.bad import Bad
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import DEAD, Remote, pack_sizes
from gitdata.values import field, frozen


@frozen
class Intact:
    """What was found."""

    bad: Bad
    broken: Mapping[RootId, frozenset[ChunkId]] = field(default_factory=dict)  # versions, and what they lack
    looked_for: int = 0  # packs


def bad_packs(remote: Remote, ends: Mapping[PackId, int], sizes: Mapping[PackId, int]) -> frozenset[PackId]:
    """Those of the packs in `ends` that are not there with so many bytes at least, or with those of `sizes`."""
    if not ends:
        return frozenset()
    dead = {name[len(DEAD) :] for name in remote.backend.names(DEAD)}
    there = pack_sizes(remote, ends)

    def is_bad(pack: PackId, end: int) -> bool:
        found = there[pack]
        return found < max(0, end) or sizes.get(pack, found) != found or pack.hex() in dead

    return frozenset(pack for pack, end in ends.items() if is_bad(pack, end))


def intact(manifests: Manifests, roots: Iterable[RootId], sizes: Mapping[PackId, int], known: Bad) -> Intact:
    """Look whether everything is there that the manifests of `roots` rely on; what is found is avoided from now on.

    `sizes` of packs are known here; what is bad is partly `known` already.
    """
    relied: dict[RootId, tuple[RootId, ...]] = {}
    ends: dict[PackId, int] = {}
    broken: dict[RootId, frozenset[ChunkId]] = {}
    seen: dict[RootId, bool] = {}
    roots = list(roots)
    manifests.heads_ahead(roots)
    for root in roots:
        try:
            head = manifests.head(root)
            relied[root] = (root, *head.bases) if head is not None else ()
            whole = head is not None and all(_count(manifests, one, ends, seen) for one in relied[root])
        except (DataCorrupt, BadFormat):
            whole = False
        if not whole:
            broken[root] = frozenset()
    found = Bad(bad_packs(manifests.remote, ends, sizes) | known.packs, known.places)
    if not found.touched:
        return Intact(found, broken, len(ends))
    manifests.avoid(found.packs, found.places)
    for root in relied.keys() - broken.keys():
        located = manifests.load(root)
        if located is None or located.lost:
            broken[root] = located.lost if located is not None else frozenset()
    return Intact(found, broken, len(ends))


def _count(manifests: Manifests, root: RootId, ends: dict[PackId, int], seen: dict[RootId, bool]) -> bool:
    """Add what the manifest of `root` relies on to `ends`; whether there is one."""
    if root not in seen:
        found = manifests.ends(root)
        for pack, end in (found or {}).items():
            ends[pack] = max(end, ends.get(pack, 0))
        seen[root] = found is not None
    return seen[root]
