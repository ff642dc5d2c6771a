"""Upload: what versions need and the remote lacks, as packs; then their manifests; then a last look.

The order is what makes a push safe at every moment (docs/format.md, "Order of writes"): packs, then
the manifests that name them, then the tombstones are read and the packs that are relied on looked
for. Only then is a version the remote's.
"""

import contextlib
import os
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gitdata.errors import DataMissing, RemoteUnavailable
from gitdata.formats import manifest as formats
from gitdata.formats.located import Locations
from gitdata.formats.manifest import MAX_BASES, Manifest
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, PackId, RootId
from gitdata.progress import SILENT, Progress
from gitdata.remarks import remark
from gitdata.remote.intact import Intact
from gitdata.remote.manifests import Located, Manifests
from gitdata.remote.outgoing import Outgoing
from gitdata.remote.plans import Plan, Planning, Version
from gitdata.remote.remote import DEAD, SMALL_REQUESTS, Remote, manifest_prefix, pack_sizes
from gitdata.store.reading import Damaged
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable

_ROUNDS = 3  # a collector may condemn packs while we push; more often than this is no accident
_GROUP = 200_000  # names in the versions that are worked on together
_QUICK = 50_000  # chunks of a manifest that are looked through at every push


@frozen
class Pushed:
    """What was sent."""

    packs: int
    sent: int  # bytes of packs and manifests
    refused: Mapping[RootId, DataMissing]  # versions of which something is neither here nor there


@frozen
class _Written:
    """The manifest of one version, to be written when its packs are there."""

    manifest: Manifest
    data: bytes
    packs: Mapping[PackId, int]  # that reading the version will need, and how many bytes of them at least


@mutable
class _Upload:
    """The state of one push."""

    remote: Remote
    store: Store
    outgoing: Outgoing
    manifests: Manifests
    planning: Planning
    all_or_none: bool  # versions that come together, as the commits of a push do
    sent: list[int] = field(default_factory=list)  # bytes of each manifest
    refused: dict[RootId, DataMissing] = field(default_factory=dict)
    before: dict[RootId, RootId | None] = field(default_factory=dict)  # the versions before those that will not come

    @property
    def in_vain(self) -> bool:
        """Whether nothing more is to be sent."""
        return self.all_or_none and bool(self.refused)


def push(
    remote: Remote,
    store: Store,
    versions: Iterable[Version],
    progress: Progress = SILENT,
    checked: Container[PackId] = (),
    found: Intact | None = None,
) -> Pushed:
    """Upload `versions`, oldest first, so that each can be read back whole; the packs `checked` are known to be right.

    Versions of which something is neither here nor there are left out and returned. Nothing more is sent once there is
    one, and the others are only looked at; when it was looked what is right on the remote, all others are sent. What
    was `found` not to be right there is not relied on.

    Killed at any point it leaves nothing that is acknowledged and incomplete; the next push sends
    no finished pack again. Raises `Damaged` for a pack here that was set aside just now.
    """
    manifests, lost = Manifests(remote), set[PackId]()
    if found is not None:
        manifests.avoid(found.bad.packs, found.bad.places)
        lost |= found.bad.packs
    outgoing = Outgoing(remote, store, progress, checked, found.bad.touched if found is not None else ())
    planning = Planning(remote, store, manifests, outgoing.resumed(), lost)
    work = _Upload(remote, store, outgoing, manifests, planning, found is None)
    group: list[Plan] = []  # versions whose chunks are held in memory together
    for _added in map(partial(_add, work, group), versions):
        pass
    _send(work, group)
    if not work.refused:
        outgoing.forget()
    if planning.lost and found is None:
        remark(f"packs are gone from {remote.called}, or cut off: `git data push --all` sends again what was in them")
    return Pushed(outgoing.packs, outgoing.sent + sum(work.sent), work.refused)


def _add(work: _Upload, group: list[Plan], version: Version) -> None:
    """Add the plan of the next version to the `group`, which is sent before if they are too many together.

    What the version names is not in memory any more when its packs are sent.
    """
    planning = work.planning
    while version.base in work.before:
        version = version._replace(base=work.before[version.base], trees=False)
    if not work.in_vain and planning.undecided(version):
        _send(work, group)
    plan: Plan | None = None
    names: Collection[BlobId] = ()
    with _refusing(work, version):
        plan = planning.step(version) if not work.in_vain else None
        if plan is None:
            names = version.names if version.names is not None else version.blobs()
    if sum(len(other.chunks) for other in group) + len(plan.chunks if plan else names) > _GROUP:
        _send(work, group)
    if version.root not in work.refused:
        with _refusing(work, version):
            group.append(plan or planning.whole(version, names))
    if work.in_vain:  # from now on versions are only looked at
        work.before.update((other.version.root, other.version.base) for other in group)
        group.clear()
        planning.begin()


@contextlib.contextmanager
def _refusing(work: _Upload, version: Version) -> Iterator[None]:
    """When something of a version proves to be nowhere it is left out, and what comes after it builds on others."""
    try:
        yield
    except Damaged:
        raise
    except DataMissing as error:
        work.refused[version.root] = error
        work.before[version.root] = version.base


def _send(work: _Upload, group: list[Plan]) -> None:
    """Send the chunks of some versions, then their manifests, then look whether all is there; nothing is left to do."""
    planning = work.planning
    for _round in range(_ROUNDS if group else 0):
        planning.search(group)
        with work.outgoing.sending(_needed(work, group)) as sent:
            planning.add(sent)
            written = [_manifest(work, plan) for plan in group]  # while the packs are on their way
        _write(work, written)
        lost = _missing_packs(work, _together(item.packs for item in written))
        if not lost:
            group.clear()
            break
        planning.lose(lost)
        work.outgoing.avoid(lost)
        planning.begin()
        # Which packs are needed of those before is known only when everything is named.
        group[:] = [planning.whole(plan.version, plan.version.blobs()) if plan.bases else plan for plan in group]
    planning.begin()
    if group:
        raise RemoteUnavailable(
            f"packs on {work.remote.called} keep vanishing while data is pushed",
            "see that no collection runs there, then push again",
        )


def _needed(work: _Upload, plans: Sequence[Plan]) -> Mapping[ChunkId, Location | None]:
    """What of the plans has to be sent, and where it lies here; None when it does not."""
    known = work.planning.known
    if len(plans) == 1 and not known and isinstance(plans[0].chunks, Locations):
        return plans[0].chunks
    needed = {chunk: where for plan in plans for chunk, where in plan.chunks.items() if chunk not in known}
    elsewhere = {chunk for chunk, where in needed.items() if where is None}
    return {**needed, **work.store.locate(elsewhere)} if elsewhere else needed


def _manifest(work: _Upload, plan: Plan) -> _Written:
    """The manifest of a version, and all packs that reading it will need."""
    if plan.bases is not None:
        manifest = Manifest(plan.version.root, plan.bases, *work.planning.own(plan))
        inherited = _together(_packs_of(work, root) for root in plan.bases)
    else:
        manifest, inherited = _of_all(work, plan)
    work.manifests.remember(manifest)
    packs = dict.fromkeys((location.pack for location in manifest.chunks.values()), 0)
    return _Written(manifest, formats.encode(manifest), {**packs, **inherited})


def _packs_of(work: _Upload, root: RootId) -> Mapping[PackId, int]:
    """The packs of a manifest, and how many bytes they must have, if to find out does not take long."""
    head = work.manifests.head(root)
    if head is None:
        return {}
    ends = work.manifests.ends(root) if head.chunks <= _QUICK else None
    return ends if ends is not None else dict.fromkeys(head.packs, 0)


def _together(several: Iterable[Mapping[PackId, int]]) -> dict[PackId, int]:
    found: dict[PackId, int] = {}
    for packs in several:
        for pack, end in packs.items():
            found[pack] = max(end, found.get(pack, 0))
    return found


def _of_all(work: _Upload, plan: Plan) -> tuple[Manifest, dict[PackId, int]]:
    """The manifest of a version of which all is named, and the packs that it relies on beside its own."""
    version, known = plan.version, work.planning.known
    base = work.manifests.load(version.base) if version.base is not None else None
    if base is None or not _is_good_base(work, plan, base):
        return Manifest(version.root, (), work.planning.located(plan.chunks), plan.recipes), {}
    chunks = {chunk: known[chunk] for chunk in plan.chunks.keys() - base.chunks.keys()}
    recipes = {blob: recipe for blob, recipe in plan.recipes.items() if blob not in base.recipes}
    inherited: dict[PackId, int] = {}
    for chunk in plan.chunks.keys() & base.chunks.keys():
        pack, offset, stored, _raw = base.chunks[chunk]
        inherited[pack] = max(offset + stored, inherited.get(pack, 0))
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
    prefix = manifest_prefix(item.manifest.root)
    name = f"{prefix}{os.urandom(8).hex()}"
    if work.planning.lost or work.manifests.doubts:
        # There may be one that names what is gone. Whoever reads takes the first.
        first = next(iter(work.remote.backend.names(prefix)), None)
        name = f"{prefix}{_before(first.removeprefix(prefix))}" if first is not None else name
    work.remote.backend.put(name, item.data)
    work.manifests.keep(name, item.data)
    work.sent.append(len(item.data))


def _before(name: str) -> str:
    """A name like ours that comes before another one."""
    try:
        limit = int(name[:16].ljust(16, "0"), 16)
    except ValueError:  # not made by us
        limit = 1 << 62
    return f"{int.from_bytes(os.urandom(8), 'big') % max(1, limit):016x}"


def _is_good_base(work: _Upload, plan: Plan, base: Located) -> bool:
    """Whether building on `base` is right: not too long a chain, mostly alive, on packs that exist."""
    alive = [chunk for chunk in base.chunks if chunk in plan.chunks]
    return (
        len(base.bases) < MAX_BASES
        and 2 * len(alive) >= len(base.chunks)
        and not any(base.chunks[chunk].pack in work.planning.lost for chunk in alive)
    )


def _missing_packs(work: _Upload, relied: Mapping[PackId, int]) -> set[PackId]:
    """Packs that a collector has condemned, or that are not there with so many bytes. The tombstones are read first."""
    backend = work.remote.backend
    dead = {name[len(DEAD) :] for name in backend.names(DEAD)}
    missing = {pack for pack in relied if pack.hex() in dead}
    rest = relied.keys() - missing
    sizes = pack_sizes(work.remote, rest)
    exact = work.store.packs()
    return missing | {pack for pack, size in sizes.items() if size < relied[pack] or exact.get(pack, size) != size}
