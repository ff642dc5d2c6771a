"""Upload: what versions need and the remote lacks, as packs; then their manifests; then a last look.

The order is what makes a push safe at every moment (docs/format.md, "Order of writes"): packs, then
the manifests that name them, then the tombstones are read and the packs that are relied on looked
for. Only then is a version the remote's.
"""

import os
from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gitdata.backends.base import NotStored
from gitdata.errors import RemoteUnavailable
from gitdata.formats import manifest as formats
from gitdata.formats.manifest import MAX_BASES, Manifest
from gitdata.formats.pack import Location
from gitdata.ids import ChunkId, PackId
from gitdata.progress import SILENT, Progress
from gitdata.remote.manifests import Located, Manifests
from gitdata.remote.outgoing import Outgoing
from gitdata.remote.plans import Plan, Planning, Version
from gitdata.remote.remote import DEAD, PACKS, SMALL_REQUESTS, Remote, manifest_prefix, pack_name
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable

_ROUNDS = 3  # a collector may condemn packs while we push; more often than this is no accident
_GROUP = 200_000  # names in the versions that are worked on together
_FEW = 8  # packs looked for one by one, at the same time; more are looked up in one listing


@frozen
class Pushed:
    """What was sent."""

    packs: int
    sent: int  # bytes of packs and manifests


@frozen
class _Written:
    """The manifest of one version, to be written when its packs are there."""

    manifest: Manifest
    data: bytes
    packs: set[PackId]  # that reading the version will need


@mutable
class _Upload:
    """The state of one push."""

    remote: Remote
    store: Store
    outgoing: Outgoing
    manifests: Manifests
    planning: Planning
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
    manifests = Manifests(remote)
    outgoing = Outgoing(remote, store, progress, checked)
    planning = Planning(remote, store, manifests, dict(outgoing.resumed()))
    work = _Upload(remote, store, outgoing, manifests, planning)
    group: list[Plan] = []  # versions whose chunks are held in memory together
    for version in versions:
        if planning.undecided(version):
            _send(work, group)
        plan = planning.step(version)
        blobs = version.blobs() if plan is None else ()
        if sum(len(other.chunks) for other in group) + len(plan.chunks if plan else blobs) > _GROUP:
            _send(work, group)
        group.append(plan or planning.whole(version, blobs))
    _send(work, group)
    outgoing.forget()
    return Pushed(outgoing.packs, outgoing.sent + sum(work.sent))


def _send(work: _Upload, group: list[Plan]) -> None:
    """Send the chunks of some versions, then their manifests, then look whether all is there; nothing is left to do."""
    planning = work.planning
    for _round in range(_ROUNDS if group else 0):
        planning.search(group)
        with work.outgoing.sending(_needed(work, group)) as sent:
            planning.known.update(sent)
            written = [_manifest(work, plan) for plan in group]  # while the packs are on their way
        _write(work, written)
        lost = _missing_packs(work.remote, set().union(*(item.packs for item in written)))
        if not lost:
            group.clear()
            break
        planning.lost |= lost
        planning.known = {chunk: where for chunk, where in planning.known.items() if where.pack not in planning.lost}
        planning.begin()
        # Which packs are needed of those before is known only when everything is named.
        group[:] = [planning.whole(plan.version, plan.version.blobs()) if plan.bases else plan for plan in group]
    planning.begin()
    if group:
        raise RemoteUnavailable(
            f"packs on {work.remote.called} keep vanishing while data is pushed",
            "see that no collection runs there, then push again",
        )


def _needed(work: _Upload, plans: Iterable[Plan]) -> Mapping[ChunkId, Location | None]:
    """What of the plans has to be sent, and where it lies here; None when it does not."""
    known = work.planning.known
    needed = {chunk: where for plan in plans for chunk, where in plan.chunks.items() if chunk not in known}
    elsewhere = {chunk for chunk, where in needed.items() if where is None}
    return {**needed, **work.store.locate(elsewhere)} if elsewhere else needed


def _manifest(work: _Upload, plan: Plan) -> _Written:
    """The manifest of a version, and all packs that reading it will need."""
    if plan.bases is not None:
        manifest = Manifest(plan.version.root, plan.bases, *work.planning.own(plan))
        heads = map(work.manifests.head, plan.bases)
        inherited = {pack for head in heads if head is not None for pack in head.packs}
    else:
        manifest, inherited = _of_all(work, plan)
    work.manifests.remember(manifest)
    packs = {location.pack for location in manifest.chunks.values()}
    return _Written(manifest, formats.encode(manifest), inherited | packs)


def _of_all(work: _Upload, plan: Plan) -> tuple[Manifest, set[PackId]]:
    """The manifest of a version of which all is named, and the packs that it relies on beside its own."""
    version, known = plan.version, work.planning.known
    base = work.manifests.load(version.base) if version.base is not None else None
    if base is None or not _is_good_base(work, plan, base):
        return Manifest(version.root, (), {chunk: known[chunk] for chunk in plan.chunks}, plan.recipes), set()
    chunks = {chunk: known[chunk] for chunk in plan.chunks.keys() - base.chunks.keys()}
    recipes = {blob: recipe for blob, recipe in plan.recipes.items() if blob not in base.recipes}
    inherited = {base.chunks[chunk].pack for chunk in plan.chunks if chunk in base.chunks}
    return Manifest(version.root, (base.root, *base.bases), chunks, recipes), inherited


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


def _is_good_base(work: _Upload, plan: Plan, base: Located) -> bool:
    """Whether building on `base` is right: not too long a chain, mostly alive, on packs that exist."""
    alive = [chunk for chunk in base.chunks if chunk in plan.chunks]
    return (
        len(base.bases) < MAX_BASES
        and 2 * len(alive) >= len(base.chunks)
        and not any(base.chunks[chunk].pack in work.planning.lost for chunk in alive)
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
