"""Keep below: where the person has set a limit, the store is kept below it by what a remote has, oldest first."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from gitdata import durable
from gitdata.errors import GitDataError, Locked
from gitdata.ids import PackId, RootId
from gitdata.ops.keeping.blobs_of import Blobs
from gitdata.ops.keeping.in_use import Version, in_use
from gitdata.ops.keeping.prune import Pruned, Wish, prune
from gitdata.progress import SILENT, Progress
from gitdata.store.reading import pack_files
from gitdata.store.store import Store
from gitdata.values import frozen, replace
from gitdata.wording import count, size
from gitdata.workspace import Workspace

SETTING = "gitdata.storeLimit"
_TO = 0.9  # of the limit: so that the next command need not do it again
_GROWN = 1.05  # by so much since it was tried in vain
_AGAIN_S = 24 * 3600


@frozen
class Kept:
    """What was done about a store that is too large."""

    line: str  # for the person
    below: bool  # whether it is below the limit now


def keep_below(place: Workspace, progress: Progress = SILENT) -> Kept | None:
    """Take out of the store what a remote has, least recently needed first, if it is above `gitdata.storeLimit`.

    None when there is nothing to do or to say: no limit, a store below it, other processes at work, or tried
    in vain within a day and not grown much since. Never raises what only keeps the store large.
    """
    limit = place.config.integer(SETTING, 0)
    if not limit or not place.state.writable or (now := _packs_size(place)) <= limit or _in_vain(place, now):
        return None
    try:
        done, now = _shrink(place, limit, progress)
    except Locked:
        return None
    except GitDataError as error:
        _note(place, now)
        return Kept(f"{_too_large(now, limit)}, and what could go is not known: {error}", below=False)
    if now <= limit:
        removed = f"{count(done.versions, 'version')} that '{done.remote}' has left" if done.versions else "space freed"
        return Kept(f"{removed}, so that the store stays below {SETTING}: {size(now)} of {size(limit)}", below=True)
    _note(place, now)
    why = [f"{size(done.checked_out)} is checked out"]
    if done.not_uploaded:
        versions = count(done.waiting, "version")
        why.append(f"{size(done.not_uploaded)} in {versions} is not on '{done.remote}' (`git data push --all`)")
    if done.young:
        lately = "was recorded lately and " if not done.unknown else ""
        why.append(f"{size(done.young)} {lately}is named by nothing{' that can be read' if done.unknown else ''}")
    return Kept(f"{_too_large(now, limit)}: {', '.join(why)}", below=False)


def _too_large(now: int, limit: int) -> str:
    return f"the store takes {size(now)}, more than {SETTING} ({size(limit)})"


def _shrink(place: Workspace, limit: int, progress: Progress) -> tuple[Pruned, int]:
    done = prune(place, Wish(wait=False), progress=progress)
    if _packs_size(place) > limit:
        oldest = frozenset(_beyond(place, int(limit * _TO), progress))
        done = _together(done, prune(place, Wish(uploaded=True, only=oldest, wait=False), progress=progress))
    if _packs_size(place) > limit:  # some of those are on no remote, so that others have to go
        done = _together(done, prune(place, Wish(uploaded=True, wait=False), progress=progress))
    return done, _packs_size(place)


def _together(first: Pruned, second: Pruned) -> Pruned:
    return replace(second, versions=first.versions + second.versions, freed=first.freed + second.freed)


def _beyond(place: Workspace, room: int, progress: Progress) -> Iterator[RootId]:
    """The versions that are left over when those needed most recently take up `room` bytes."""
    used = in_use(place, progress)
    with place.open_store() as store:
        blobs = Blobs(store)
        room -= sum(_stored(store, blobs, one)[0] for one in used.of("checked out", "undo"))
        measured = [(one, _stored(store, Blobs(store), one)[1]) for one in used.of("commits", "reflog")]
        for one, _when_s in sorted(measured, key=lambda pair: max(pair[0].last_s, pair[1]), reverse=True):
            room -= _stored(store, blobs, one)[0]
            if room < 0:
                yield one.root


def _stored(store: Store, blobs: Blobs, one: Version) -> tuple[int, float]:
    """The bytes of what a version has and none before, and when the last pack with some of it came."""
    stored, packs = 0, set[PackId]()
    for portion in blobs.add(one.value):
        for where in store.locate(store.chunks_of(portion)).values():
            stored += where.stored
            packs.add(where.pack)
    return stored, max((_modified_s(store.pack_path(pack)) for pack in packs), default=0.0)


def _modified_s(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _packs_size(place: Workspace) -> int:
    found = 0
    for file in pack_files(place.store_directory / "packs").values():
        try:
            found += os.stat(file).st_size
        except FileNotFoundError:  # taken out meanwhile
            continue
    return found


def _note(place: Workspace, now: int) -> None:
    durable.write_file(_tried(place), b"%d\n" % now, fsync=False)


def _in_vain(place: Workspace, now: int) -> bool:
    try:
        then, text = _tried(place).stat().st_mtime, _tried(place).read_bytes()[:32]
        return time.time() - then < _AGAIN_S and now <= int(text) * _GROWN
    except (OSError, ValueError):
        return False


def _tried(place: Workspace) -> Path:
    return place.store_directory / "tried-limit"
