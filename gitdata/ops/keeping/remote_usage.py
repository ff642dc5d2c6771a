"""Remote usage: what a data remote stores of the versions in all commits, by their manifests, beside what is here."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gitdata.errors import BadFormat, DataCorrupt, DataMissing
from gitdata.formats.pack import Frame, Location
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.id_tables import IdTable
from gitdata.ids import ChunkId, PackId, RootId
from gitdata.ops.keeping.blobs_of import Blobs
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.needed_versions import Needed, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.remote.manifests import Manifests
from gitdata.store.labelled import Labelled
from gitdata.store.locating import all_frames
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable
from gitdata.workspace import Workspace

_HERE = None  # the label of what this clone has; others are data roots


@frozen
class RemoteVersion:
    """One version."""

    path: bytes  # of the data root or file
    root: bytes
    commit: str  # the first that has it
    there: bool  # it has a manifest there that can be read
    added: int  # bytes that this manifest itself names: what those that it builds on have not


@frozen
class RemoteRoot:
    """One data root, or all files that are tracked by pattern; bytes are those of chunks in packs."""

    path: bytes  # empty: the files by pattern
    versions: int
    absent: int  # of them, those that are not there
    stored: int  # bytes there of all its versions, each chunk counted once
    alone: int  # bytes of them that no other root uses


@frozen
class RemoteUsage:
    """All of it, in bytes; only what versions in the commits of this repository need counts."""

    remote: str
    where: str
    roots: tuple[RemoteRoot, ...]
    versions: tuple[RemoteVersion, ...]  # oldest first
    stored: int  # there, each chunk counted once
    packs: int  # that they lie in
    both: int  # of `stored`: what this clone has, too
    there_only: int  # of `stored`: what this clone has not
    here_only: int  # bytes in this clone's packs that versions need and the remote has not
    unread: int  # folder listings that are not here: what is in them does not count for `here_only`


def remote_usage(place: Workspace, name: str | None, progress: Progress = SILENT) -> RemoteUsage:
    """Read the manifests of the versions in all commits, those that are kept here from there; nothing is changed.

    Raises `NoRemote` and what connecting raises.
    """
    chosen = configured.choose(place, name)
    with progress.step("looking for data in commits"):
        needed = needed_versions(place, ["--all"], []).versions
    try:
        manifests = Manifests(connect(place, chosen))
        absent = manifests.look_up(one.root for one in needed)
    except DataMissing:  # nothing was pushed there yet
        manifests, absent = None, {one.root for one in needed}
    with place.open_store() as store:
        seen = _Seen(store)
        with progress.step(f"reading the manifests of {chosen.name}", len(needed), unit="versions") as step:
            for one in needed:
                seen.add(one, manifests if one.root not in absent else None)
                step.advance(1)
        return _told(chosen.name, str(chosen.destination), needed, seen)


@mutable
class _Seen:
    """What manifests say, one after the other."""

    store: Store
    there: Labelled[bytes | None] = field(default_factory=Labelled)  # data roots, and `_HERE`
    added: dict[RootId, int] = field(default_factory=dict)  # of versions that are there
    packs: set[PackId] = field(default_factory=set)
    places: list[tuple[bytes, list[tuple[ChunkId, Location]]]] = field(default_factory=list)

    def add(self, one: Needed, manifests: Manifests | None) -> None:
        """One version; without `manifests` it is not there."""
        if manifests is None:
            return
        try:
            own = manifests.own(one.root)
        except (BadFormat, DataCorrupt):
            return
        if own is None:
            return
        self.added[one.root] = sum(location.stored for location in own.chunks.values())
        self.there.add(own.chunks, _name(one))
        self.places.append((_name(one), list(own.chunks.items())))
        self.packs.update(location.pack for location in own.chunks.values())
        manifests.forget()

    def stored(self) -> Iterator[Frame]:
        for _name, found in self.places:
            for chunk, location in found:
                yield Frame(chunk, location.offset, location.stored, location.raw)


def _name(one: Needed) -> bytes:
    return data_path(one.path) if is_pointer_path(one.path) else b""


def _told(remote: str, where: str, needed: Sequence[Needed], seen: _Seen) -> RemoteUsage:
    store = seen.store
    here = IdTable[ChunkId]()
    blobs = Blobs(store)
    for one in needed:
        for portion in blobs.add(one.value):
            for chunk in store.chunks_of(portion):
                here.put(chunk)
    here_only, met = 0, IdTable[ChunkId]()
    for frame in all_frames(store.packs(), store.table):
        if frame.chunk in met:
            continue
        met.put(frame.chunk)
        if frame.chunk in seen.there:
            seen.there.add([frame.chunk], _HERE)
        elif frame.chunk in here:
            here_only += frame.stored
    sizes = seen.there.stored(seen.stored())
    versions: dict[bytes, list[Needed]] = defaultdict(list)
    for one in needed:
        versions[_name(one)].append(one)
    roots = tuple(
        RemoteRoot(
            name,
            len(versions[name]),
            sum(1 for one in versions[name] if one.root not in seen.added),
            sum(size for names, size in sizes.items() if name in names),
            sum(size for names, size in sizes.items() if names - {_HERE} == {name}),
        )
        for name in sorted(versions)
    )
    both = sum(size for names, size in sizes.items() if _HERE in names)
    stored = sum(sizes.values())
    told = tuple(
        RemoteVersion(_name(one) or one.path, one.root, one.commit, one.root in seen.added, seen.added.get(one.root, 0))
        for one in needed
    )
    return RemoteUsage(
        remote, where, roots, told, stored, len(seen.packs), both, stored - both, here_only, blobs.unread
    )
