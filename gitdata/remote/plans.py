"""Plans: what has to be named, and so sent, for a remote to have a version.

Where the remote has the version before and both are trees, only what lies where they differ is named: the rest is
covered by the manifest that the new one builds on. Otherwise all of it is.
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gitdata.errors import BadFormat, DataCorrupt, DataMissing
from gitdata.formats.additions import additions
from gitdata.formats.located import MANY, Locations
from gitdata.formats.manifest import MAX_BASES
from gitdata.formats.manifest_parts import ROW, Head, Hits
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.remote.manifests import Located, Manifests
from gitdata.remote.remote import Remote
from gitdata.store.reading import Found
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable, replace

Recipes = dict[BlobId, tuple[int, tuple[ChunkId, ...]]]


class Version(NamedTuple):
    """One version to upload."""

    root: RootId
    blobs: Callable[[], Collection[BlobId]]  # its files, links and trees; may raise `DataMissing`
    base: RootId | None  # the nearest earlier version, which the remote may have
    trees: bool = False  # both of them are directories: what differs can be read off their trees, if these are here
    names: Collection[BlobId] | None = None  # what `blobs` gives, when it was asked before
    found: Found | None = None  # where they lie in the store, when that was looked up before
    others: Callable[[], Iterable[RootId]] = tuple  # other versions, of which the remote may have what is not here


@frozen
class Plan:
    """One version, resolved into chunks."""

    version: Version
    chunks: Mapping[ChunkId, Location | None]  # where they lie in the store; None: the remote has it
    recipes: Recipes
    bases: tuple[RootId, ...] | None  # whose manifests cover what is left out; None: nothing is, some may cover a part


@mutable
class Planning:
    """What is known of a remote while versions are brought to it."""

    remote: Remote
    store: Store
    manifests: Manifests
    known: Locations = field(default_factory=Locations)  # what the remote is known to have, and where
    lost: set[PackId] = field(default_factory=set)  # packs not to be relied on
    _planned: dict[RootId, Plan] = field(default_factory=dict)  # whose manifests are not written yet
    _located: dict[RootId, Located | None] = field(default_factory=dict)
    _covered: dict[RootId, Hits] = field(default_factory=dict)  # what manifests have of what is to be sent

    def begin(self) -> None:
        """All that was planned is on the remote, or has to be planned again."""
        self._planned.clear()
        self._located.clear()
        self._covered.clear()

    def undecided(self, version: Version) -> bool:
        """Whether only writing the manifest of the version before will tell what that one builds on."""
        before = self._planned.get(version.base) if version.base is not None else None
        return version.trees and before is not None and before.bases is None

    def step(self, version: Version) -> Plan | None:
        """Name what a version has that the one before has not; None when all of it has to be named.

        So it is when the remote lacks the version before, when much of what the manifests that would complete the new
        one locate is not needed any more, and when something is not here. Where they would be more than sixteen, the
        new one builds on the first of them alone and says what the others do.
        """
        if version.base is None or not version.trees or self.lost or self.manifests.doubts:
            return None
        chain, folded = self._chain(version.base), []
        if not chain:
            return None
        if len(chain) > MAX_BASES:
            *folded, first = chain
            chain = [first]
        try:
            new = additions(chain[-1].root if folded else version.base, version.root, self.store.tree)
            chunks, recipes, missing = _here(self.store.find(new.added), new.added)
            dead = self._dead(version, new.gone, chain, chunks)
        except (DataMissing, DataCorrupt, BadFormat):
            return None  # of the version before perhaps, which then does not matter
        if self._absent(missing, chain) or 2 * dead > sum(head.chunks for head in chain):
            return None
        for head in folded:
            if head.root not in self._planned:
                self.known.update(self.manifests.search(head.root, chunks.keys()).chunks)
        self._planned[version.root] = plan = Plan(version, chunks, recipes, tuple(head.root for head in chain))
        return plan

    def whole(self, version: Version, names: Collection[BlobId]) -> Plan:
        """Name all blobs of a version; raises `DataMissing` for one that is neither here nor on the remote."""
        blobs: AbstractSet[BlobId] = _as_set(names)
        base = self._with_own(version, self._before(version))
        chunks: dict[ChunkId, Location | None] = {}
        recipes: Recipes = {}
        found = version.found
        if base is not None:
            # The remote has them with the version before; where they lie here, if they do, need not be known.
            recipes = {blob: base.recipes[blob] for blob in base.recipes if blob in blobs}
            chunks = {ChunkId(blob): None for blob in blobs if blob not in recipes and ChunkId(blob) in base.chunks}
            for _size, recipe in recipes.values():
                chunks.update(dict.fromkeys(recipe))
            blobs = {blob for blob in blobs if blob not in recipes and ChunkId(blob) not in chunks}
            found = None
        here, several, missing = _here(found or self.store.find(blobs), blobs)
        if missing and (missing := self._elsewhere(version, missing, chunks, recipes)):
            raise DataMissing(
                f"cannot push version {short(version.root)}: {len(missing)} of its files are neither in "
                f"this clone nor on {self.remote.called}",
                "fetch them from where they are: `git data fetch --remote NAME`",
            )
        on_none = version.base is None or (version.trees and not self._chain(version.base))
        # What was found is not kept twice.
        named: Mapping[ChunkId, Location | None] = {**chunks, **here} if chunks else here
        plan = Plan(version._replace(names=None, found=None), named, {**recipes, **several}, () if on_none else None)
        self._planned[version.root] = plan
        return plan

    def _elsewhere(
        self, version: Version, missing: set[BlobId], chunks: dict[ChunkId, Location | None], recipes: Recipes
    ) -> set[BlobId]:
        """Name what is not here, and lies on the remote for other versions: a clone need not have all that it merges.

        What no version has is returned.
        """
        for root in version.others():
            located = self.manifests.load(root) if missing else None
            if located is None:
                continue
            for blob in missing:
                parts = located.recipes[blob][1] if blob in located.recipes else (ChunkId(blob),)
                where = {part: located.chunks[part] for part in parts if part in located.chunks}
                if len(where) < len(set(parts)) or any(place.pack in self.lost for place in where.values()):
                    continue
                self.known.update(where)
                chunks.update(dict.fromkeys(parts))
                if blob in located.recipes:
                    recipes[blob] = located.recipes[blob]
            missing = {blob for blob in missing if blob not in recipes and ChunkId(blob) not in chunks}
        return missing

    def search(self, plans: Collection[Plan]) -> None:
        """Look for what is to be sent in the manifests that `plans` build on, if sending it takes more than looking.

        What is new where two versions differ may have been elsewhere in the version before, or be new only in part.
        """
        roots = {root for plan in plans for root in plan.bases or () if root not in self._planned}
        heads = [head for root in roots if not self.manifests.at_hand(root) and (head := self.manifests.head(root))]
        if not heads:
            return
        wanted = {
            chunk: where.stored
            for plan in plans
            for chunk, where in plan.chunks.items()
            if where is not None and chunk not in self.known
        }
        if sum(wanted.values()) > ROW * sum(head.chunks for head in heads):
            for head in heads:
                self._covered[head.root] = hits = self.manifests.search(head.root, wanted.keys())
                self.known.update(hits.chunks)

    def own(self, plan: Plan) -> tuple[Mapping[ChunkId, Location], Recipes]:
        """What the manifest of a plan that builds on others has to locate itself: what is not found in them."""
        if not plan.bases:
            return self.located(plan.chunks), plan.recipes
        chunks, recipes = set(plan.chunks), dict(plan.recipes)
        for root in plan.bases or ():
            hits = self._covered.get(root)
            if self.manifests.at_hand(root):
                hits = self.manifests.search(root, plan.chunks.keys() | plan.recipes.keys())
            if hits is not None:
                chunks -= hits.chunks.keys()
                recipes = {blob: recipe for blob, recipe in recipes.items() if blob not in hits.recipes}
        return {chunk: self.known[chunk] for chunk in chunks}, recipes

    def located(self, chunks: Collection[ChunkId]) -> Mapping[ChunkId, Location]:
        """Where chunks lie that are known to be on the remote; not to be changed."""
        if len(chunks) == len(self.known):
            return self.known
        items = ((chunk, self.known[chunk]) for chunk in chunks)
        return dict(items) if len(chunks) <= MANY else Locations(items)

    def add(self, sent: Mapping[ChunkId, Location]) -> None:
        """Know where chunks lie that were sent."""
        if not self.known and isinstance(sent, Locations):
            self.known = sent
        else:
            self.known.update(sent)

    def lose(self, packs: Collection[PackId]) -> None:
        """Packs are not to be relied on."""
        self.lost |= set(packs)
        self.known = Locations(item for item in self.known.items() if item[1].pack not in self.lost)

    def _chain(self, base: RootId) -> list[Head]:
        """The beginnings of all manifests that complete one that builds on `base`; none when it cannot."""
        first = self._head(base)
        chain = [first, *map(self._head, first.bases)] if first is not None else []
        heads = [head for head in chain if head is not None]
        return heads if len(heads) == len(chain) else []

    def _head(self, root: RootId) -> Head | None:
        plan = self._planned.get(root)
        if plan is None:
            return self.manifests.head(root)
        return Head(root, plan.bases or (), (), len(plan.chunks), len(plan.recipes))

    def _dead(
        self, version: Version, gone: Collection[BlobId], chain: Sequence[Head], chunks: Mapping[ChunkId, Location]
    ) -> int:
        """About how much of what a chain of manifests locates `version` does not need, rather too much than too little.

        `gone` is taken for it where the first version of the chain is not here, and `chunks` are what is new.
        """
        later = sum(head.chunks for head in chain[:-1])
        if chain[-1].root != version.base:
            with contextlib.suppress(DataMissing, DataCorrupt, BadFormat):
                gone = additions(chain[-1].root, version.root, self.store.tree).gone
        old, _recipes, missing = _here(self.store.find(gone), gone)
        return later + len(old.keys() - chunks.keys()) + len(missing)

    def _absent(self, blobs: set[BlobId], chain: Iterable[Head]) -> set[BlobId]:
        """Those of `blobs` that no manifest of the chain has."""
        for head in chain:
            if blobs and head.root not in self._planned:
                hits = self.manifests.search(head.root, blobs)
                blobs = blobs - hits.recipes - set(map(BlobId, hits.chunks))
        return blobs

    def _with_own(self, version: Version, base: Located | None) -> Located | None:
        """`base`, and what is right of a version that was on the remote before, and is not whole there any more."""
        own = self.manifests.load(version.root) if self.manifests.doubts else None
        if own is None:
            return base
        good = {chunk: where for chunk, where in own.chunks.items() if where.pack not in self.lost}
        self.known.update(good)
        if base is None:
            return replace(own, chunks=good)
        return replace(base, chunks={**base.chunks, **good}, recipes={**base.recipes, **own.recipes})

    def _before(self, version: Version) -> Located | None:
        """What the remote has of the nearest version before that was there before those that are planned."""
        root = version.base
        while root in self._planned:
            root = self._planned[root].version.base
        if root is None:
            return None
        if root not in self._located:
            self._located[root] = base = self.manifests.load(root)
            if base is not None:
                good = (item for item in base.chunks.items() if item[1].pack not in self.lost)
                self.known.update(good if self.lost else base.chunks)
        return self._located[root]


def _as_set(blobs: Collection[BlobId]) -> AbstractSet[BlobId]:
    return blobs if isinstance(blobs, AbstractSet) else set(blobs)


def _here(found: Found, blobs: Collection[BlobId]) -> tuple[Mapping[ChunkId, Location], Recipes, set[BlobId]]:
    """The chunks of those of `blobs` that were found, the recipes of those that are several, and who was not found.

    `found` is what was looked up for these blobs.
    """
    locations = found.locations
    recipes: Recipes = {}
    missing: set[BlobId] = set()
    for blob in blobs:
        if ChunkId(blob) in locations:
            continue
        recipe = found.recipes.get(blob, ())
        if recipe and all(chunk in locations for chunk in recipe):
            recipes[blob] = (sum(locations[chunk].raw for chunk in recipe), recipe)
        else:
            missing.add(blob)
    if not missing:
        return locations, recipes, missing
    parts = {chunk for _size, recipe in recipes.values() for chunk in recipe}
    single = (ChunkId(blob) for blob in blobs if ChunkId(blob) in locations)
    return {chunk: locations[chunk] for chunk in (*single, *parts)}, recipes, missing
