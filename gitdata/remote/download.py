"""Download: blobs that a clone lacks, in a few large requests, each byte verified before it enters the store."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

from blake3 import blake3

from gitdata.errors import DataCorrupt
from gitdata.formats.pack import LIMIT, Location, Recipe
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.progress import SILENT, Progress, Step
from gitdata.remote.arriving import Arriving
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import SMALL_REQUESTS, Remote, pack_name
from gitdata.store.ingest import Ingest
from gitdata.store.pools import in_order
from gitdata.store.reading import verified
from gitdata.store.store import Store
from gitdata.values import frozen

_GAP = 256 << 10  # bytes fetched for nothing rather than asked around
_REQUEST = 16 << 20  # bytes of one request at most
_IN_FLIGHT = 64 << 20  # bytes of all requests together, which are held in memory
_WHOLE_FROM = 8 << 20  # bytes needed of a pack before it is considered as a whole
_WHOLE_SHARE = 0.9
_NEAR = 2 << 20  # bytes

Wanted = tuple[ChunkId, Location]
Recipes = dict[BlobId, tuple[int, tuple[ChunkId, ...]]]


@frozen
class Fetched:
    """What came."""

    received: int  # bytes of packs
    left: int = 0  # blobs that no manifest locates


@frozen
class _Range:
    """One request, and the chunks in it by offset."""

    pack: PackId
    start: int
    length: int
    chunks: tuple[Wanted, ...]


def fetch(
    manifests: Manifests,
    store: Store,
    blobs: set[BlobId],
    roots: Iterable[RootId],
    progress: Progress = SILENT,
    *,
    around: RootId | None = None,
) -> Fetched:
    """Bring `blobs` into `store`, looking for them in the manifests of `roots` in that order.

    What the version `around` has beside them comes too: trees were packed together, and those further
    down are asked for next.
    Blobs that no manifest locates are left out. Raises `DataCorrupt` when the remote sends anything
    but the right bytes.
    """
    remote = manifests.remote
    chunks, recipes, left = _locate(manifests, blobs, roots)
    if around is None:
        manifests.forget()
    elif (located := manifests.load(around)) is not None:
        chunks |= _around(chunks, located.chunks)
        recipes |= {
            blob: recipe for blob, recipe in located.recipes.items() if all(part in chunks for part in recipe[1])
        }
    return Fetched(_bring(remote, store, chunks, recipes, progress), len(left))


def fetch_version(
    manifests: Manifests, store: Store, root: RootId, most: int, progress: Progress = SILENT
) -> Fetched | None:
    """Bring everything of the version `root`, without asking for its trees first.

    None, and nothing is done, when its manifests name more than `most` bytes: some of it is of versions
    before, which had other files. Raises as `fetch` does.
    """
    located = manifests.load(root)
    if located is None or sum(where.raw for where in located.chunks.values()) > most:
        return None
    manifests.forget()
    return Fetched(_bring(manifests.remote, store, located.chunks, located.recipes, progress))


def _bring(
    remote: Remote, store: Store, chunks: Mapping[ChunkId, Location], recipes: Recipes, progress: Progress
) -> int:
    """Fetch the chunks that the store lacks, in large pieces; the bytes received."""
    _check_sizes(remote, chunks, recipes)
    known = store.known_chunks(chunks)
    by_pack: defaultdict[PackId, list[Wanted]] = defaultdict(list)
    total = 0
    for wanted in chunks.items():
        if wanted[0] not in known:
            by_pack[wanted[1].pack].append(wanted)
            total += wanted[1].stored
    whole = _whole(remote, by_pack)
    others = (pack for pack in sorted(by_pack) if pack not in whole)
    partly = [part for pack in others for part in _ranges(pack, by_pack[pack], _request(remote))]
    # The threads end before the files are closed that they write to.
    with (
        progress.step(f"fetching from {remote.name}", total) as step,
        Arriving(remote.cache / "incoming") as arriving,
        ThreadPoolExecutor(remote.transfers) as pool,
    ):
        tasks = chain(_pieces(remote, arriving, whole), (_range_task(remote, part) for part in partly))
        with contextlib.closing(in_order(pool, tasks, remote.transfers)) as stream:
            _adopt(remote, store, arriving, whole, stream, step)
            with store.ingest(progress) as ingest:
                _take(ingest, partly, stream, step)
                for blob, (size, parts) in recipes.items():
                    ingest.add_recipe(Recipe(blob, size, parts))
    return sum(whole.values()) + sum(part.length for part in partly)


def _check_sizes(remote: Remote, chunks: Mapping[ChunkId, Location], recipes: Recipes) -> None:
    """Compare what recipes say of sizes with what their chunks come to, before anything is fetched for them."""
    for blob, (size, parts) in recipes.items():
        found = [where.raw for part in parts if (where := chunks.get(part)) is not None]
        if len(found) == len(parts) and sum(found) != size:
            raise DataCorrupt(
                f"the recipe of {short(blob)} on '{remote.name}' says {size} bytes, its chunks have {sum(found)}"
            )


def _locate(
    manifests: Manifests, blobs: set[BlobId], roots: Iterable[RootId]
) -> tuple[dict[ChunkId, Location], Recipes, set[BlobId]]:
    """The chunks of `blobs` and where they lie, the recipes of those that have several, and who is nowhere."""
    left = set(blobs)
    chunks: dict[ChunkId, Location] = {}
    recipes: Recipes = {}
    for root in roots:
        if not left:
            break
        located = manifests.load(root)
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


def _request(remote: Remote) -> int:
    """The bytes of one request at most: with many transfers less, so that memory stays bounded."""
    return min(_REQUEST, _IN_FLIGHT // remote.transfers)


def _whole(remote: Remote, by_pack: Mapping[PackId, list[Wanted]]) -> dict[PackId, int]:
    """The packs that are better fetched whole, with their sizes in bytes."""
    needed = {pack: sum(location.stored for _chunk, location in wanted) for pack, wanted in by_pack.items()}
    large = sorted(pack for pack, size in needed.items() if size >= _WHOLE_FROM)
    if not large:
        return {}
    with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
        sizes = dict(zip(large, pool.map(lambda pack: remote.backend.size(pack_name(pack)), large), strict=True))
    return {pack: size for pack, size in sizes.items() if size <= LIMIT and needed[pack] >= _WHOLE_SHARE * size}


def _pieces(remote: Remote, arriving: Arriving, packs: Mapping[PackId, int]) -> Iterator[Callable[[], bytes]]:
    """Tasks that fetch whole packs, one behind the other."""
    request = _request(remote)
    for pack, size in packs.items():
        for start in range(0, size, request):
            read = partial(remote.backend.read, pack_name(pack), start, min(request, size - start))
            yield arriving.piece(pack, start, read)


def _adopt(
    remote: Remote,
    store: Store,
    arriving: Arriving,
    packs: Mapping[PackId, int],
    pieces: Iterator[bytes],
    step: Step,
) -> None:
    """Take whole packs over as they are."""
    for pack, size in packs.items():
        hasher = blake3()
        for data in islice(pieces, len(range(0, size, _request(remote)))):
            hasher.update(data)
            step.advance(len(data))
        path = arriving.finish(pack)
        if hasher.digest() != pack:
            raise DataCorrupt(f"pack {short(pack)} on {remote.called} is damaged")
        store.adopt(path, pack)


def _ranges(pack: PackId, wanted: list[Wanted], request: int) -> Iterator[_Range]:
    """Neighbouring chunks together, as long as the gaps are small and the request is not too large."""
    group: list[Wanted] = []
    start = end = 0
    for chunk, location in sorted(wanted, key=lambda item: item[1].offset):
        stop = location.offset + location.stored
        if group and (location.offset - end > _GAP or stop - start > request):
            yield _Range(pack, start, end - start, tuple(group))
            group = []
        if not group:
            start = location.offset
        group.append((chunk, location))
        end = max(stop, end) if len(group) > 1 else stop
    if group:
        yield _Range(pack, start, end - start, tuple(group))


def _range_task(remote: Remote, part: _Range) -> Callable[[], bytes]:
    return partial(remote.backend.read, pack_name(part.pack), part.start, part.length)


def _take(ingest: Ingest, ranges: Sequence[_Range], received: Iterator[bytes], step: Step) -> None:
    """Store the chunks in what was received of some packs."""
    for part, data in zip(ranges, received, strict=True):
        for chunk, location in part.chunks:
            offset = location.offset - part.start
            stored = data[offset : offset + location.stored]
            verified(chunk, stored, location)
            ingest.add_frame(chunk, stored, location.raw)
            step.advance(location.stored)
