"""Thinning: packs of which much is not needed any more go, or are written anew without it.

At every moment all that is needed is in the store: first the new packs, then the catalog, then the old packs go. What
is copied is not compressed again.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from gitdata import interrupts
from gitdata.errors import DataCorrupt, DataMissing
from gitdata.formats.pack import Location, Recipe, frames_in, recipes_in
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, ChunkId, PackId
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable, replace

_SHARE = 4  # a pack is written anew when one part of so many is not needed
_TOGETHER = 256 << 20  # bytes that are copied before what they replace goes


@frozen
class Needs:
    """What of a store has to stay."""

    chunks: AbstractSet[ChunkId]
    blobs: AbstractSet[BlobId]
    going: AbstractSet[BlobId] = frozenset()  # of what is not needed, that which may go whatever its age
    elsewhere: AbstractSet[ChunkId] = frozenset()  # its chunks
    young_s: float = float("inf")  # since the epoch: of a pack that came later all but that stays
    by_young: AbstractSet[ChunkId] = frozenset()  # more chunks, and
    young: AbstractSet[BlobId] = frozenset()  # the blobs that need them, whose recipes are in such packs

    def keeps(self, chunk: ChunkId, *, young: bool) -> bool:
        """Whether a chunk stays in its pack."""
        return chunk in self.chunks or chunk in self.by_young or (young and chunk not in self.elsewhere)

    def keeps_recipe(self, recipe: Recipe, *, young: bool) -> bool:
        """Whether a recipe stays."""
        return recipe.blob in self.blobs or recipe.blob in self.young or (young and recipe.blob not in self.going)


@mutable
class _Seen:
    """What is known of one pack."""

    size: int  # bytes of the file
    young: bool
    dead: int = 0  # stored bytes that are not needed
    live: int = 0  # frames and recipes that are
    loose: list[Recipe] = field(default_factory=list)  # recipes that are not


@frozen
class Survey:
    """What can go."""

    needs: Needs
    gone: tuple[PackId, ...]  # packs of which nothing is needed
    partly: tuple[PackId, ...]  # packs to be written anew
    doubled: frozenset[PackId]  # packs that have chunks which others have as well
    twice: AbstractSet[ChunkId]  # these
    freed: int  # bytes, about
    left: int  # bytes that are not needed, in packs of which most is
    young: int  # bytes that nothing needs and that are too young to go


def survey(store: Store, needs: Needs) -> Survey:
    """Look at the tables of all packs; a pack whose table cannot be read stays, for fsck to tell."""
    seen: dict[PackId, _Seen] = {}
    met, twice = IdTable[ChunkId](), IdTable[ChunkId]()
    young_bytes = 0
    needs = _with_young(store, needs)
    for pack, size, young, table in _tables(store, needs):
        here = seen[pack] = _Seen(size, young)
        for frame in frames_in(table):
            (twice if frame.chunk in met else met).put(frame.chunk)
            if needs.keeps(frame.chunk, young=young):
                here.live += 1
                young_bytes += frame.stored if frame.chunk not in needs.chunks else 0
            else:
                here.dead += frame.stored
        recipes = recipes_in(table)
        here.loose = [recipe for recipe in recipes if not needs.keeps_recipe(recipe, young=young)]
        here.live += len(recipes) - len(here.loose)
    doubled = _discount(store, needs, seen, twice) if twice else frozenset()
    gone = tuple(pack for pack, one in seen.items() if not one.live)
    partly = {pack for pack, one in seen.items() if one.live and one.dead * _SHARE >= one.size}
    _add_broken(store, needs, seen, {*gone}, partly)
    freed = sum(seen[pack].size for pack in gone) + sum(seen[pack].dead for pack in partly)
    left = sum(one.dead for pack, one in seen.items() if one.live and pack not in partly)
    some = tuple(pack for pack in seen if pack in partly)
    return Survey(needs, gone, some, doubled, twice, freed, left, young_bytes)


def _with_young(store: Store, needs: Needs) -> Needs:
    """What young packs have the recipe of needs its chunks where they are, in whatever pack."""
    chunks, blobs = IdTable[ChunkId](), IdTable[BlobId]()
    for _pack, _size, young, table in _tables(store, needs):
        for recipe in recipes_in(table) if young else ():
            if recipe.blob not in needs.blobs and needs.keeps_recipe(recipe, young=True):
                chunks.update(recipe.chunks)
                blobs.put(recipe.blob)
    return replace(needs, by_young=chunks, young=blobs) if blobs else needs


def _tables(store: Store, needs: Needs) -> Iterator[tuple[PackId, int, bool, bytes]]:
    """Each pack with its bytes, whether it is young, and its table, which holds what it should."""
    for pack, size in store.packs().items():
        try:
            modified = os.stat(store.pack_path(pack)).st_mtime
            table = store.checked_table(pack)
        except (DataCorrupt, FileNotFoundError):
            continue
        yield pack, size, modified > needs.young_s, table
        interrupts.check()


def _add_broken(
    store: Store, needs: Needs, seen: dict[PackId, _Seen], gone: AbstractSet[PackId], partly: set[PackId]
) -> None:
    """Packs that would stay with the recipe of something that goes are written anew, too: it would look lost."""
    going = IdTable[ChunkId]()
    new: AbstractSet[PackId] = gone | partly
    while new:
        for pack in new:
            young = seen[pack].young
            table = store.checked_table(pack)
            going.update(frame.chunk for frame in frames_in(table) if not needs.keeps(frame.chunk, young=young))
        new = {
            pack
            for pack, one in seen.items()
            if pack not in gone and pack not in partly and any(not going.isdisjoint(r.chunks) for r in one.loose)
        }
        partly |= new


def _discount(store: Store, needs: Needs, seen: dict[PackId, _Seen], twice: AbstractSet[ChunkId]) -> frozenset[PackId]:
    """Of a chunk that lies in several packs only the one that the catalog names is needed; those packs."""
    doubled: set[PackId] = set()
    where = store.locate(twice)
    for pack, _size, young, table in _tables(store, needs):
        for frame in frames_in(table):
            if frame.chunk in twice:
                doubled.add(pack)
                if needs.keeps(frame.chunk, young=young) and where[frame.chunk].pack != pack:
                    seen[pack].live -= 1
                    seen[pack].dead += frame.stored
    return frozenset(doubled)


def thin_out(store: Store, found: Survey, progress: Progress = SILENT) -> int:
    """Remove what the survey found, which must still hold; how many bytes the packs have less now.

    Raises `Locked` when another process is at work with the store, and then, as after being stopped anywhere, what is
    needed is where it was or in new packs.
    """
    before = sum(store.packs().values())
    if found.gone:
        rewrite(store, found.gone, found, progress)
    sizes = store.packs()
    group: list[PackId] = []
    for pack in found.partly:
        group.append(pack)
        if sum(sizes.get(one, 0) for one in group) >= _TOGETHER:
            rewrite(store, group, found, progress)
            group = []
    if group:
        rewrite(store, group, found, progress)
    return before - sum(store.packs().values())


def rewrite(store: Store, packs: Sequence[PackId], found: Survey | None, progress: Progress = SILENT) -> None:
    """Put what is needed of some packs (without a survey: all) into new ones, as old as the youngest; they go.

    A pack that proves to be damaged stays out of it: it was set aside.
    """
    done, dropped, when = [], list[BlobId](), 0.0
    already = len(store.published)
    needs = found.needs if found is not None else None
    with progress.step("tidying the store", sum(store.packs().get(pack, 0) for pack in packs)) as step:
        with store.ingest() as ingest:
            for pack in packs:
                try:
                    modified = os.stat(store.pack_path(pack)).st_mtime
                    table = store.checked_table(pack)
                    young = needs is None or modified > needs.young_s
                    spare = _spare(store, table, packs, found) if found is not None else frozenset()
                    for frame in frames_in(table):
                        if (needs is None or needs.keeps(frame.chunk, young=young)) and frame.chunk not in spare:
                            where = Location(pack, frame.offset, frame.stored, frame.raw)
                            ingest.add_frame(frame.chunk, store.frame(frame.chunk, where), frame.raw)
                        step.advance(frame.stored)
                except (DataCorrupt, DataMissing, FileNotFoundError):
                    continue
                for recipe in recipes_in(table):
                    if needs is None or needs.keeps_recipe(recipe, young=young):
                        ingest.add_recipe(recipe)
                    else:
                        dropped.append(recipe.blob)
                done.append(pack)
                when = max(when, modified)
                interrupts.check()
        new = store.published[already:]
        for pack in new:
            os.utime(store.pack_path(pack), (when, when))
        if done:
            again: Iterable[PackId] = (found.doubled if found is not None else frozenset()) - set(done)
            store.take_out(done, dict.fromkeys([*new, *(one for one in again if one in store.packs())]), dropped)


def _spare(store: Store, table: bytes, packs: Sequence[PackId], found: Survey) -> AbstractSet[ChunkId]:
    """The chunks of a pack that are right in another one, which is none of `packs`: they are read to know it."""
    twice = {frame.chunk for frame in frames_in(table) if frame.chunk in found.twice}
    spare = set()
    for chunk, where in store.locate(twice).items():
        if where.pack not in packs:
            with contextlib.suppress(DataCorrupt, DataMissing):
                store.frame(chunk, where)
                spare.add(chunk)
    # What was damaged there was set aside, and is located anew: perhaps here.
    return {chunk for chunk, where in store.locate(spare).items() if where.pack not in packs}
