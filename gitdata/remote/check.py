"""Check: whether everything that the manifests of a remote name is there, and, when asked, is right."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from gitdata.backends.base import NotStored
from gitdata.errors import DataCorrupt, GitDataError
from gitdata.formats.pack import Location
from gitdata.ids import ChunkId, PackId, RootId, from_hex, short
from gitdata.progress import SILENT, Progress
from gitdata.remote.bad import Bad
from gitdata.remote.intact import bad_packs
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import MANIFESTS, Remote, pack_name
from gitdata.remote.tables import pack_problem, table_problem
from gitdata.store.reading import verified
from gitdata.values import frozen

_BLOCK = 16 << 20  # bytes read at a time


@frozen
class Checked:
    """What is wrong: one line each, and where."""

    problems: list[str]
    bad: Bad


def check(
    remote: Remote, *, data: bool, full: bool = False, known: Bad | None = None, progress: Progress = SILENT
) -> Checked:
    """Read all manifests and look for their packs; with `data` verify every chunk, and the tables of the packs.

    With `full` the packs have to be what their names say, also where no version names a part of them.

    What lies elsewhere as well, where another manifest of its version finds it, is no problem. What is `known` to be
    bad is not looked at again.
    """
    known = known or Bad()
    problems: list[str] = []
    manifests = Manifests(remote)
    roots = _readable(manifests, problems, progress)
    named = _places(manifests, roots)
    bad = Bad(known.packs | bad_packs(remote, {pack: _end(found) for pack, found in named.items()}, {}), known.places)
    if bad.touched:
        manifests.avoid(bad.packs, bad.places)
    problems += _told(remote, bad, named, _lost(manifests, roots))
    problems += _incomplete(manifests, roots)
    if not data:
        return Checked(problems, bad)
    places = _places(manifests, roots)
    damaged: dict[tuple[PackId, ChunkId], str] = {}
    untrue: dict[PackId, str] = {}
    with progress.step(f"checking {remote.name}", sum(map(_end, places.values()))) as step:
        for pack, found in sorted(places.items()):
            damaged |= _check_chunks(remote, pack, found)
            if (said := _about_pack(remote, pack, found, full=full)) is not None:
                untrue[pack] = said
            step.advance(_end(found))
    if damaged:
        manifests.avoid(places=damaged)
        lost = _lost(manifests, roots)
        problems += [line for (_pack, chunk), line in damaged.items() if chunk in lost]
    problems += untrue.values()
    return Checked(problems, Bad(bad.packs | untrue.keys(), bad.places | damaged.keys()))


def _about_pack(remote: Remote, pack: PackId, found: Mapping[ChunkId, Location], *, full: bool) -> str | None:
    """What is wrong with a pack itself, beside its chunks that versions name."""
    try:
        return table_problem(remote, pack, found) or (pack_problem(remote, pack, found) if full else None)
    except NotStored:  # taken away meanwhile
        return None


def _readable(manifests: Manifests, problems: list[str], progress: Progress) -> list[RootId]:
    """The versions whose manifests can be read; `problems` takes what is wrong with the others."""
    roots = []
    with progress.step(f"reading the manifests of {manifests.remote.name}", unit="versions") as step:
        for root in _roots(manifests.remote):
            step.advance(1)
            try:
                manifests.load(root)
            except GitDataError as error:
                problems.append(str(error))
            else:
                roots.append(root)
    return roots


def _places(manifests: Manifests, roots: Iterable[RootId]) -> dict[PackId, dict[ChunkId, Location]]:
    """What is looked for in each pack."""
    found: dict[PackId, dict[ChunkId, Location]] = {}
    for root in roots:
        own = manifests.own(root)
        for chunk, location in own.chunks.items() if own is not None else ():
            found.setdefault(location.pack, {})[chunk] = location
    return found


def _incomplete(manifests: Manifests, roots: Iterable[RootId]) -> Iterator[str]:
    for root in roots:
        own, whole = manifests.own(root), manifests.load(root)
        if own is not None and whole is not None:
            there = whole.chunks.keys() | whole.lost
            absent = sum(1 for _size, parts in own.recipes.values() if not there >= set(parts))
            if absent:
                yield f"{absent} files of version {short(root)} lack chunks on {manifests.remote.called}"


def _lost(manifests: Manifests, roots: Iterable[RootId]) -> set[ChunkId]:
    found: set[ChunkId] = set()
    for root in roots:
        located = manifests.load(root)
        if located is not None:
            found |= located.lost
    return found


def _told(
    remote: Remote, bad: Bad, named: Mapping[PackId, Mapping[ChunkId, Location]], lost: AbstractSet[ChunkId]
) -> Iterator[str]:
    for pack in sorted(bad.packs & named.keys()):
        count = len(named[pack].keys() & lost)
        if count:
            try:
                size = remote.backend.size(pack_name(pack))
            except NotStored:
                yield f"pack {short(pack)} is gone from {remote.called}: {count} chunks are lost there"
            except DataCorrupt as error:  # something else stands in its place
                yield f"{error}: {count} chunks are lost there"
            else:
                what = "is cut off" if size < _end(named[pack]) else "is condemned or not what it should be"
                yield f"pack {short(pack)} on {remote.called} {what}: {count} chunks are lost there"
    for pack, chunk in sorted(bad.places):
        if chunk in lost:
            yield f"chunk {short(chunk)} in pack {short(pack)} is damaged (on {remote.called})"


def _roots(remote: Remote) -> list[RootId]:
    names = {name[len(MANIFESTS) :].partition("/")[0] for name in remote.backend.names(MANIFESTS)}
    roots = []
    for name in sorted(names):
        try:
            roots.append(RootId(from_hex(name)))
        except ValueError:
            continue  # not ours
    return roots


def _end(found: Mapping[ChunkId, Location]) -> int:
    return max(location.offset + location.stored for location in found.values())


def _check_chunks(remote: Remote, pack: PackId, found: Mapping[ChunkId, Location]) -> dict[tuple[PackId, ChunkId], str]:
    problems = {}
    start, block, end = 0, b"", _end(found)
    for chunk, location in sorted(found.items(), key=lambda item: item[1].offset):
        if location.offset < start or location.offset + location.stored > start + len(block):
            start = location.offset
            block = remote.backend.read(pack_name(pack), start, min(_BLOCK, end - start))
        stored = block[location.offset - start : location.offset - start + location.stored]
        try:
            verified(chunk, stored, location)
        except DataCorrupt as error:
            problems[pack, chunk] = f"{error} (on {remote.called})"
    return problems
