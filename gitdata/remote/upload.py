"""Upload: what versions need and the remote lacks, as packs; then their manifests; then a last look.

The order is what makes a push safe at every moment (docs/format.md, "Order of writes"): packs, then
the manifests that name them, then the tombstones are read and the packs that are relied on looked
for. Only then is a version the remote's.
"""

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from gitdata.backends.base import NotStored
from gitdata.errors import DataMissing, RemoteUnavailable
from gitdata.formats import manifest as formats
from gitdata.formats.manifest import MAX_BASES, Manifest
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.progress import SILENT, Progress
from gitdata.remote.manifests import Located, Manifests
from gitdata.remote.outgoing import Outgoing
from gitdata.remote.remote import DEAD, PACKS, SMALL_REQUESTS, Remote, manifest_prefix, pack_name
from gitdata.store.reading import Found
from gitdata.store.store import Store

_ROUNDS = 3  # a collector may condemn packs while we push; more often than this is no accident
_GROUP = 200_000  # blobs of the versions that are worked on together
_FEW = 8  # packs looked for one by one, at the same time; more are looked up in one listing


class Version(NamedTuple):
    """One version to upload."""

    root: RootId
    blobs: tuple[BlobId, ...]  # files, links and trees
    base: RootId | None  # the nearest earlier version, which the remote may have
    found: Found | None = None  # where the blobs lie in the store, when that was looked up before


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was sent."""

    packs: int
    sent: int  # bytes of packs and manifests


@dataclass(frozen=True, slots=True)
class _Plan:
    """One version, resolved into chunks."""

    version: Version
    chunks: dict[ChunkId, Location | None]  # where they lie in the store; None: the remote has it
    recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]]


@dataclass(frozen=True, slots=True)
class _Written:
    """The manifest of one version, to be written when its packs are there."""

    manifest: Manifest
    data: bytes
    packs: set[PackId]  # that reading the version will need


@dataclass(slots=True)
class _Upload:
    """The state of one push."""

    remote: Remote
    store: Store
    manifests: Manifests
    known: dict[ChunkId, Location] = field(default_factory=dict)  # what the remote is known to have, and where
    lost: set[PackId] = field(default_factory=set)  # packs not to be relied on
    sent: list[int] = field(default_factory=list)  # bytes of each manifest


def push(
    remote: Remote,
    store: Store,
    versions: Iterable[Version],
    progress: Progress = SILENT,
    checked: Container[PackId] = (),
) -> Pushed:
    """Upload `versions`, oldest first, so that each can be read back whole; the packs `checked` are known to be right.

    Killed at any point it leaves nothing that is acknowledged and incomplete; the next push sends
    no finished pack again. Raises `DataMissing` for chunks that are neither here nor there.
    """
    work = _Upload(remote, store, Manifests(remote))
    outgoing = Outgoing(remote, store, progress, checked)
    work.known.update(outgoing.resumed())
    for group in _groups(versions):
        _push_group(work, outgoing, group)
    outgoing.forget()
    return Pushed(outgoing.packs, outgoing.sent + sum(work.sent))


def _groups(versions: Iterable[Version]) -> Iterator[list[Version]]:
    """Versions in groups whose chunks are held in memory together."""
    group: list[Version] = []
    size = 0
    for version in versions:
        if group and size + len(version.blobs) > _GROUP:
            yield group
            group, size = [], 0
        group.append(version)
        size += len(version.blobs)
    if group:
        yield group


def _push_group(work: _Upload, outgoing: Outgoing, versions: Sequence[Version]) -> None:
    """Send the chunks of some versions, then their manifests, then look whether all of it is there."""
    bases = _load_bases(work, versions)
    plans = [_plan(work, version, bases.get(version.root)) for version in versions]
    for _round in range(_ROUNDS):
        with outgoing.sending(_needed(work, plans)) as sent:
            work.known.update(sent)
            written = [_manifest(work, plan) for plan in plans]  # while the packs are on their way
        _write(work, written)
        lost = _missing_packs(work.remote, set().union(*(item.packs for item in written)))
        if not lost:
            return
        work.lost |= lost
        work.known = {chunk: where for chunk, where in work.known.items() if where.pack not in work.lost}
    raise RemoteUnavailable(
        f"packs on {work.remote.called} keep vanishing while data is pushed",
        "see that no collection runs there, then push again",
    )


def _load_bases(work: _Upload, versions: Sequence[Version]) -> dict[RootId, Located]:
    """What the remote has of the bases that are not themselves being pushed."""
    pushed = {version.root for version in versions}
    found = {}
    for version in versions:
        if version.base is not None and version.base not in pushed:
            located = work.manifests.load(version.base)
            if located is not None:
                found[version.root] = located
                work.known.update(located.chunks)
    return found


def _plan(work: _Upload, version: Version, base: Located | None) -> _Plan:
    blobs = set(version.blobs)
    chunks: dict[ChunkId, Location | None] = {}
    recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]] = {}
    if base is not None:
        # The remote has them with the version before; where they lie here, if they do, need not be known.
        recipes = {blob: base.recipes[blob] for blob in blobs & base.recipes.keys()}
        chunks = dict.fromkeys(set(map(ChunkId, blobs - recipes.keys())) & base.chunks.keys())
        blobs -= recipes.keys() | set(map(BlobId, chunks))
    local, found = version.found or work.store.find(blobs)
    single = set(map(ChunkId, blobs)) & found.keys()
    chunks.update({chunk: found[chunk] for chunk in single})
    several = blobs - set(map(BlobId, single))
    for blob in several:
        recipe = local.get(blob, ())
        if not recipe or not found.keys() >= set(recipe):
            raise DataMissing(
                f"cannot push version {short(version.root)}: {len(several) - len(local)} of its files are neither in "
                f"this clone nor on {work.remote.called}",
                "fetch them from where they are: `git data fetch --remote NAME`",
            )
        recipes[blob] = (sum(found[chunk].raw for chunk in recipe), recipe)
    for _size, recipe in recipes.values():
        chunks.update((chunk, found.get(chunk)) for chunk in recipe)
    return _Plan(version, chunks, recipes)


def _needed(work: _Upload, plans: Iterable[_Plan]) -> dict[ChunkId, Location | None]:
    """What of the plans has to be sent, and where it lies here; None when it does not."""
    needed = {chunk: where for plan in plans for chunk, where in plan.chunks.items() if chunk not in work.known}
    elsewhere = {chunk for chunk, where in needed.items() if where is None}
    return {**needed, **work.store.locate(elsewhere)} if elsewhere else needed


def _manifest(work: _Upload, plan: _Plan) -> _Written:
    """The manifest of a version, and all packs that reading it will need."""
    version = plan.version
    base = work.manifests.load(version.base) if version.base is not None else None
    if base is not None and not _is_good_base(work, plan, base):
        base = None
    covered = base.chunks.keys() if base else set()
    covered_recipes = base.recipes if base else {}
    chunks = {chunk: work.known[chunk] for chunk in plan.chunks.keys() - covered}
    recipes = {blob: recipe for blob, recipe in plan.recipes.items() if blob not in covered_recipes}
    bases = (base.root, *base.bases) if base else ()
    manifest = Manifest(version.root, bases, chunks, recipes)
    data = formats.encode(manifest)
    work.manifests.remember(manifest)
    inherited = {base.chunks[chunk].pack for chunk in plan.chunks if chunk in base.chunks} if base else set()
    return _Written(manifest, data, inherited | {location.pack for location in chunks.values()})


def _write(work: _Upload, manifests: Sequence[_Written]) -> None:
    """Write manifests: one that builds on others after them, the others (single files are many) together."""
    with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
        for _done in pool.map(partial(_put, work), (item for item in manifests if not item.manifest.bases)):
            pass
    for item in manifests:
        if item.manifest.bases:
            _put(work, item)


def _put(work: _Upload, item: _Written) -> None:
    name = f"{manifest_prefix(item.manifest.root)}{os.urandom(8).hex()}"
    work.remote.backend.put(name, item.data)
    work.manifests.keep(name, item.data)
    work.sent.append(len(item.data))


def _is_good_base(work: _Upload, plan: _Plan, base: Located) -> bool:
    """Whether building on `base` is right: not too long a chain, mostly alive, on packs that exist."""
    alive = [chunk for chunk in base.chunks if chunk in plan.chunks]
    return (
        len(base.bases) < MAX_BASES
        and 2 * len(alive) >= len(base.chunks)
        and not any(base.chunks[chunk].pack in work.lost for chunk in alive)
    )


def _missing_packs(remote: Remote, relied: set[PackId]) -> set[PackId]:
    """Packs that a collector has condemned or that are not there. The tombstones are read first."""
    dead = {name[len(DEAD) :] for name in remote.backend.names(DEAD)}
    missing = {pack for pack in relied if pack.hex() in dead}
    rest = relied - missing
    if len(rest) <= _FEW:
        with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
            there = pool.map(partial(_exists, remote), rest)
            return missing | {pack for pack, found in zip(rest, there, strict=True) if not found}
    listed = set(remote.backend.names(PACKS))
    return missing | {pack for pack in rest if pack_name(pack) not in listed}


def _exists(remote: Remote, pack: PackId) -> bool:
    try:
        remote.backend.size(pack_name(pack))
    except NotStored:
        return False
    return True
