"""Incoming: chunks from a remote into the store, in a few large requests, each byte verified before it enters."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

from blake3 import blake3

from gitdata.backends.base import NotStored
from gitdata.errors import DataCorrupt, DataMissing, GitDataError, RemoteUnavailable
from gitdata.formats.pack import FRAME_COST, LIMIT, Location, Recipe
from gitdata.ids import BlobId, ChunkId, PackId, short
from gitdata.progress import Progress, Step
from gitdata.remote.arriving import Arriving
from gitdata.remote.by_pack import ByPack, Wanted
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

Recipes = dict[BlobId, tuple[int, tuple[ChunkId, ...]]]


@frozen
class Brought:
    """What came."""

    received: int  # bytes of packs
    bad: dict[ChunkId, GitDataError]  # what is not where it should be, and what is there instead


@frozen
class _Range:
    """One request, and the chunks in it by offset."""

    pack: PackId
    start: int
    length: int
    chunks: tuple[Wanted, ...]


def bring(
    remote: Remote, store: Store, chunks: Mapping[ChunkId, Location], recipes: Recipes, progress: Progress
) -> Brought:
    """Fetch the chunks that the store lacks, in large pieces; of packs that are not whole the chunks that are."""
    _check_sizes(remote, chunks, recipes)
    came = _pass(remote, store, chunks, recipes, progress, whole=True)
    if not came.broken:
        return Brought(came.received, came.bad)
    good = {chunk: where for chunk, where in chunks.items() if chunk not in came.bad}
    rest = {blob: recipe for blob, recipe in recipes.items() if came.bad.keys().isdisjoint(recipe[1])}
    again = _pass(remote, store, good, rest, progress, whole=False)
    return Brought(came.received + again.received, {**came.bad, **again.bad})


@frozen
class _Came:
    """What one pass has brought."""

    received: int  # bytes
    bad: dict[ChunkId, GitDataError]  # what is not where it should be, and what is there instead
    broken: set[PackId]  # whole packs that were not taken over


def _pass(
    remote: Remote,
    store: Store,
    chunks: Mapping[ChunkId, Location],
    recipes: Recipes,
    progress: Progress,
    *,
    whole: bool,
) -> _Came:
    lacking = ByPack(chunks, store.known_chunks(chunks))
    entire = _whole(remote, lacking) if whole else {}
    others = (pack for pack in sorted(lacking.stored) if pack not in entire)
    bad: dict[ChunkId, GitDataError] = {}
    ranges = (part for few in lacking.of(others) for pack in few for part in _ranges(pack, few[pack], _request(remote)))
    asked: deque[_Range] = deque()  # and not received yet
    received: list[int] = []  # bytes of each

    def partly() -> Iterator[Callable[[], bytes | GitDataError]]:
        for part in ranges:
            asked.append(part)
            received.append(part.length)
            yield _range_task(remote, part)

    # The threads end before the files are closed that they write to.
    with (
        progress.step(f"fetching from {remote.name}", sum(lacking.stored.values())) as step,
        Arriving(remote.cache / "incoming") as arriving,
        ThreadPoolExecutor(remote.transfers) as pool,
    ):
        tasks = chain(_pieces(remote, arriving, entire), partly())
        with contextlib.closing(in_order(pool, tasks, remote.transfers)) as stream:
            broken = _adopt(remote, store, arriving, entire, stream, step)
            with store.ingest(progress) as ingest:
                _take(remote, ingest, ((asked.popleft(), data) for data in stream), bad, step)
                absent = {chunk for few in lacking.of(broken) for found in few.values() for chunk, _where in found}
                absent |= bad.keys()
                for blob, (size, parts) in recipes.items():
                    if absent.isdisjoint(parts):
                        ingest.add_recipe(Recipe(blob, size, parts))
    return _Came(sum(entire.values()) + sum(received), bad, broken)


def _check_sizes(remote: Remote, chunks: Mapping[ChunkId, Location], recipes: Recipes) -> None:
    """Compare what recipes say of sizes with what their chunks come to, before anything is fetched for them."""
    for blob, (size, parts) in recipes.items():
        found = [where.raw for part in parts if (where := chunks.get(part)) is not None]
        if len(found) == len(parts) and sum(found) != size:
            raise DataCorrupt(
                f"the recipe of {short(blob)} on '{remote.name}' says {size} bytes, its chunks have {sum(found)}"
            )


def _request(remote: Remote) -> int:
    """The bytes of one request at most: with many transfers less, so that memory stays bounded."""
    return min(_REQUEST, _IN_FLIGHT // remote.transfers)


def _whole(remote: Remote, lacking: ByPack) -> dict[PackId, int]:
    """The packs that are better fetched whole, with their sizes in bytes."""
    # What the table says of a chunk has to be made here as well: of tiny ones it is as long as they are.
    needed = {pack: size + FRAME_COST * lacking.counts[pack] for pack, size in lacking.stored.items()}
    large = sorted(pack for pack, size in needed.items() if size >= _WHOLE_FROM)
    if not large:
        return {}
    with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
        found = zip(large, pool.map(partial(_size, remote), large), strict=True)
        sizes = {pack: size for pack, size in found if size is not None}
    return {pack: size for pack, size in sizes.items() if size <= LIMIT and needed[pack] >= _WHOLE_SHARE * size}


def _size(remote: Remote, pack: PackId) -> int | None:
    try:
        return remote.backend.size(pack_name(pack))
    except (NotStored, DataCorrupt):
        return None  # shows again when it is read


def _pieces(remote: Remote, arriving: Arriving, packs: Mapping[PackId, int]) -> Iterator[Callable[[], bytes]]:
    """Tasks that fetch whole packs, one behind the other."""
    request = _request(remote)
    for pack, size in packs.items():
        for start in range(0, size, request):
            read = partial(_read_piece, remote, pack, start, min(request, size - start))
            yield arriving.piece(pack, start, read)


def _read_piece(remote: Remote, pack: PackId, start: int, length: int) -> bytes:
    try:
        return remote.backend.read(pack_name(pack), start, length)
    except (NotStored, DataCorrupt):
        return b""  # the pack has another hash then


def _adopt(
    remote: Remote,
    store: Store,
    arriving: Arriving,
    packs: Mapping[PackId, int],
    pieces: Iterator[bytes | GitDataError],
    step: Step,
) -> set[PackId]:
    """Take whole packs over as they are; those that are not what their name says are left."""
    broken = set()
    for pack, size in packs.items():
        hasher = blake3()
        for data in islice(pieces, len(range(0, size, _request(remote)))):
            if isinstance(data, bytes):
                hasher.update(data)
                step.advance(len(data))
        path = arriving.finish(pack)
        if hasher.digest() == pack:
            store.adopt(path, pack)
        else:
            broken.add(pack)
            step.advance(-size)
    return broken


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


def _range_task(remote: Remote, part: _Range) -> Callable[[], bytes | GitDataError]:
    return partial(_read_range, remote, part)


def _read_range(remote: Remote, part: _Range) -> bytes | GitDataError:
    """The bytes of a range, fewer where the pack is cut off; what is wrong when there is none."""
    name = pack_name(part.pack)
    try:
        try:
            return remote.backend.read(name, part.start, part.length)
        except RemoteUnavailable:  # also what a server says of a range behind the end
            there = remote.backend.size(name) - part.start
            if there >= part.length:
                raise
            return remote.backend.read(name, part.start, there) if there > 0 else b""
    except NotStored:
        return DataMissing(f"pack {short(part.pack)} is gone from {remote.called}")
    except DataCorrupt as error:
        return error


def _take(
    remote: Remote,
    ingest: Ingest,
    received: Iterable[tuple[_Range, bytes | GitDataError]],
    bad: dict[ChunkId, GitDataError],
    step: Step,
) -> None:
    """Store the chunks in what was received of some packs; `bad` takes those that are not right, and why."""
    for part, data in received:
        for chunk, location in part.chunks:
            step.advance(location.stored)
            if isinstance(data, GitDataError):
                bad[chunk] = data
                continue
            offset = location.offset - part.start
            stored = data[offset : offset + location.stored]
            if len(stored) < location.stored:
                bad[chunk] = DataCorrupt(f"pack {short(location.pack)} on {remote.called} is cut off", _way(remote))
                continue
            try:
                verified(chunk, stored, location)
            except DataCorrupt as error:
                bad[chunk] = DataCorrupt(f"{error} on {remote.called}", _way(remote))
            else:
                ingest.add_frame(chunk, stored, location.raw)


def _way(remote: Remote) -> str:
    return f"from a clone that has the data: `git data fsck --repair --remote {remote.name}`"
