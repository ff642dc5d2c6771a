"""Check: whether everything that the manifests of a remote name is there, and, when asked, is right."""

from gitdata.backends.base import NotStored
from gitdata.errors import DataCorrupt, GitDataError
from gitdata.formats.pack import Location
from gitdata.ids import ChunkId, PackId, RootId, from_hex, short
from gitdata.progress import SILENT, Progress
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import MANIFESTS, Remote, pack_name
from gitdata.store.reading import verified

_BLOCK = 16 << 20  # bytes read at a time


def check(remote: Remote, *, data: bool, progress: Progress = SILENT) -> list[str]:
    """Read all manifests and look for their packs; with `data` verify every chunk. What is wrong, one line each."""
    problems: list[str] = []
    manifests = Manifests(remote)
    chunks: dict[PackId, dict[ChunkId, Location]] = {}
    with progress.step(f"reading the manifests of {remote.name}", unit="versions") as step:
        for root in _roots(remote):
            step.advance(1)
            try:
                own = manifests.own(root)
                located = manifests.load(root)
            except GitDataError as error:
                problems.append(str(error))
                continue
            if own is None or located is None:
                continue
            for chunk, location in own.chunks.items():
                chunks.setdefault(location.pack, {})[chunk] = location
            absent = sum(1 for _size, parts in own.recipes.values() if not located.chunks.keys() >= set(parts))
            if absent:
                problems.append(f"{absent} files of version {short(root)} lack chunks on {remote.called}")
    with progress.step(f"checking {remote.name}", sum(_end(found) for found in chunks.values())) as step:
        for pack, found in sorted(chunks.items()):
            problems += _check_pack(remote, pack, found, data=data)
            step.advance(_end(found))
    return problems


def _roots(remote: Remote) -> list[RootId]:
    names = {name[len(MANIFESTS) :].partition("/")[0] for name in remote.backend.names(MANIFESTS)}
    roots = []
    for name in sorted(names):
        try:
            roots.append(RootId(from_hex(name)))
        except ValueError:
            continue  # not ours
    return roots


def _end(found: dict[ChunkId, Location]) -> int:
    return max(location.offset + location.stored for location in found.values())


def _check_pack(remote: Remote, pack: PackId, found: dict[ChunkId, Location], *, data: bool) -> list[str]:
    try:
        size = remote.backend.size(pack_name(pack))
    except NotStored:
        return [f"pack {short(pack)} is gone from {remote.called}: {len(found)} chunks are lost there"]
    except DataCorrupt as error:  # something else stands in its place
        return [f"{error}: {len(found)} chunks are lost there"]
    if size < _end(found):
        return [f"pack {short(pack)} on {remote.called} is cut off"]
    return _check_chunks(remote, pack, found, size) if data else []


def _check_chunks(remote: Remote, pack: PackId, found: dict[ChunkId, Location], size: int) -> list[str]:
    problems = []
    start, block = 0, b""
    for chunk, location in sorted(found.items(), key=lambda item: item[1].offset):
        if location.offset < start or location.offset + location.stored > start + len(block):
            start = location.offset
            block = remote.backend.read(pack_name(pack), start, min(_BLOCK, size - start))
        stored = block[location.offset - start : location.offset - start + location.stored]
        try:
            verified(chunk, stored, location)
        except DataCorrupt as error:
            problems.append(f"{error} (on {remote.called})")
    return problems
