"""Download: blobs that a clone lacks, looked for in the manifests of their versions until all is found that can be."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from gitdata.errors import DataCorrupt, DataMissing, GitDataError
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, RootId
from gitdata.progress import SILENT, Progress
from gitdata.remote.incoming import Recipes, bring
from gitdata.remote.manifests import Manifests
from gitdata.store.store import Store
from gitdata.values import field, frozen

_NEAR = 2 << 20  # bytes
_TIMES = 5  # that a chunk is asked for, here and there


@frozen
class Fetched:
    """What came."""

    received: int  # bytes of packs
    size: int = 0  # bytes of the blobs that were asked for, and came
    absent: Mapping[BlobId, GitDataError] = field(default_factory=dict)  # what cannot be had, and why


def fetch(
    manifests: Manifests,
    store: Store,
    blobs: set[BlobId],
    roots: Iterable[RootId],
    progress: Progress = SILENT,
    *,
    around: Collection[RootId] = (),
) -> Fetched:
    """Bring `blobs` into `store`, looking for them in the manifests of `roots` in that order.

    What the versions `around` have beside them comes too: trees were packed together, and those further
    down are asked for next.
    What is gone or damaged where it should be is looked for elsewhere, and left out when it is nowhere: nothing but
    the right bytes enters the store.
    """
    remote, asked = manifests.remote, _Replayed(roots)
    received = size = 0
    why: dict[BlobId, GitDataError] = {}
    unread: list[GitDataError] = []
    doubtful: set[ChunkId] = set()
    for time in range(_TIMES):
        unread.clear()
        chunks, recipes, left = _locate(manifests, blobs, asked, unread)
        if left and not manifests.doubts:
            manifests.ask_all()  # the first manifest of a version need not be an honest one
            again: list[GitDataError] = []
            chunks, recipes, left = _locate(manifests, blobs, asked, again)
            unread[:] = again or unread
        wanted = {blob: recipes[blob][1] if blob in recipes else (ChunkId(blob),) for blob in blobs - left}
        size = sum(recipes[blob][0] if blob in recipes else chunks[ChunkId(blob)].raw for blob in wanted)
        if not around:
            manifests.forget()
        for located in filter(None, map(manifests.load, around)):
            chunks |= _around(chunks, located.chunks)
            recipes |= {
                blob: recipe for blob, recipe in located.recipes.items() if all(part in chunks for part in recipe[1])
            }
        came = bring(remote, store, chunks, recipes, progress)
        received += came.received
        # What was changed on its way comes right when it is asked for again.
        sure = [chunk for chunk, error in came.bad.items() if chunk in doubtful or isinstance(error, DataMissing)]
        doubtful |= came.bad.keys()
        if sure:
            manifests.avoid(places=[(chunks[chunk].pack, chunk) for chunk in sure])
        if not (unread and not time) and not any(part in came.bad for parts in wanted.values() for part in parts):
            break
        for blob, parts in wanted.items():
            why.update((blob, came.bad[part]) for part in parts if part in came.bad)
    absent = why.keys() | left
    absent = absent - store.has(absent) if absent else absent
    nowhere = unread[0] if unread else DataMissing(f"the remote {remote.called} does not have it")
    return Fetched(received, size, {blob: why.get(blob, nowhere) for blob in absent})


def fetch_version(
    manifests: Manifests, store: Store, root: RootId, most: int, progress: Progress = SILENT
) -> Fetched | None:
    """Bring everything of the version `root`, without asking for its trees first.

    None, and nothing is done, when its manifests name more than `most` bytes: some of it is of versions
    before, which had other files. What is not where it should be is left out. Raises as `fetch` does.
    """
    located = manifests.load(root)
    if located is None or sum(where.raw for where in located.chunks.values()) > most:
        return None
    manifests.forget()
    came = bring(manifests.remote, store, located.chunks, located.recipes, progress)
    gone = [chunk for chunk, error in came.bad.items() if isinstance(error, DataMissing)]
    if gone:
        manifests.avoid(places=[(located.chunks[chunk].pack, chunk) for chunk in gone])
    return Fetched(came.received)


def layout(manifests: Manifests, blob: BlobId, roots: Iterable[RootId]) -> list[tuple[ChunkId, Location]]:
    """The chunks of a blob in order, and where on the remote they lie; none when it is not there."""
    chunks, recipes, left = _locate(manifests, {blob}, roots, [])
    if left:
        return []
    parts = recipes[blob][1] if blob in recipes else (ChunkId(blob),)
    return [(part, chunks[part]) for part in parts]


def fetch_chunks(
    manifests: Manifests, store: Store, wanted: Mapping[ChunkId, Location], progress: Progress = SILENT
) -> Fetched:
    """Bring chunks into `store` from where they lie, without a whole blob; what is not right there is left out."""
    return Fetched(bring(manifests.remote, store, wanted, {}, progress).received)


class _Replayed:
    """What an iterator gives, as often as it is asked for."""

    def __init__(self, items: Iterable[RootId]) -> None:
        self._rest, self._seen = iter(items), list[RootId]()

    def __iter__(self) -> Iterator[RootId]:
        yield from self._seen
        for item in self._rest:
            self._seen.append(item)
            yield item


def _locate(
    manifests: Manifests, blobs: set[BlobId], roots: Iterable[RootId], unread: list[GitDataError]
) -> tuple[dict[ChunkId, Location], Recipes, set[BlobId]]:
    """The chunks of `blobs` and where they lie, the recipes of those that have several, and who is nowhere.

    `unread` takes what is wrong with manifests.
    """
    left = set(blobs)
    chunks: dict[ChunkId, Location] = {}
    recipes: Recipes = {}
    for root in roots:
        if not left:
            break
        try:
            located = manifests.load(root)
        except DataCorrupt as error:
            unread.append(error)
            continue
        if located is None:
            continue
        several = left & located.recipes.keys()
        # Most are one chunk of the same name.
        single = set(map(ChunkId, left - several)) & located.chunks.keys()
        chunks.update({chunk: located.chunks[chunk] for chunk in single})
        left -= set(map(BlobId, single))
        for blob in several:
            parts = located.recipes[blob][1]
            if all(part in located.chunks for part in parts):
                chunks.update({part: located.chunks[part] for part in parts})
                recipes[blob] = located.recipes[blob]
                left.discard(blob)
    return chunks, recipes, left


def _around(chunks: Mapping[ChunkId, Location], all_chunks: Mapping[ChunkId, Location]) -> dict[ChunkId, Location]:
    """Those of `all_chunks` that lie close to one of `chunks`."""
    near = {(where.pack, where.offset // _NEAR + step) for where in chunks.values() for step in (-1, 0, 1)}
    return {chunk: where for chunk, where in all_chunks.items() if (where.pack, where.offset // _NEAR) in near}
