"""Spare packs: those on a remote that no manifest names, as pushes leave them that were stopped.

A push that goes on may still name them. So they go only when they were seen to be spare for a week from this clone, by
the protocol of a collector: the tombstone first, then a second look at all manifests, then the pack. A push that relies
on one nevertheless reads the tombstone after it has written its manifest, and sends the chunks again.
"""

import contextlib
import time
from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path

from gitdata import durable
from gitdata.backends.base import NotStored
from gitdata.errors import BadFormat, DataCorrupt, GitDataError
from gitdata.formats import manifest as formats
from gitdata.formats.manifest_parts import read_head
from gitdata.ids import PackId, from_hex
from gitdata.progress import SILENT, Progress
from gitdata.remote.remote import DEAD, MANIFESTS, PACKS, Remote, pack_name
from gitdata.remote.tables import pack_problem
from gitdata.values import frozen

AGE_DAYS = 7
_DAY_S = 86_400


@frozen
class Spare:
    """Packs that no manifest names, and what was done about them."""

    packs: Mapping[str, int]  # by name, with the bytes of each, before anything was removed
    problems: tuple[str, ...] = ()  # of those that are not what their names say
    removed: Mapping[str, int] | None = None  # None: that was not asked for
    kept: str = ""  # why none of them may go, if that is so


def spare(remote: Remote, *, remove: bool, now_s: float | None = None, progress: Progress = SILENT) -> Spare:
    """Find the spare packs of a remote and read each; with `remove` those go that were spare a week ago already.

    `now_s` are seconds since the epoch. While a manifest cannot be read none goes, as it may name any.
    """
    now = int(time.time() if now_s is None else now_s)
    with progress.step(f"looking for what no version of {remote.name} names"):
        try:
            found = _unnamed(remote)
        except GitDataError as error:
            return Spare({}, kept=str(error))
    problems = []
    with progress.step(f"reading what no version of {remote.name} names", sum(found.values())) as step:
        for pack, size in sorted(found.items()):
            with contextlib.suppress(NotStored):  # taken away meanwhile
                if (said := pack_problem(remote, pack, {})) is not None:
                    problems.append(said)
            step.advance(size)
    since = _since(remote, found, now)
    if not remove:
        return Spare(_by_name(found), tuple(problems))
    dead = set(remote.backend.names(DEAD))  # a push may send a pack once more before it reads that
    old = [pack for pack in found if since[pack] <= now - AGE_DAYS * _DAY_S or DEAD + pack.hex() in dead]
    gone = _remove(remote, old) if old else []
    return Spare(_by_name(found), tuple(problems), _by_name({pack: found[pack] for pack in gone}))


def _by_name(packs: Mapping[PackId, int]) -> dict[str, int]:
    return {pack.hex(): size for pack, size in packs.items()}


def _unnamed(remote: Remote) -> dict[PackId, int]:
    """The packs that no manifest names. They are listed first: what is sent from now on is not among them."""
    listed = remote.backend.sizes(PACKS)
    named: set[PackId] = set()
    for name in remote.backend.names(MANIFESTS):
        named.update(_named(remote, name))
    found = {}
    for name, size in listed.items():
        with contextlib.suppress(ValueError):  # not ours
            pack = PackId(from_hex(name.rpartition("/")[2]))
            if pack not in named and name == pack_name(pack):
                found[pack] = size
    return found


def _named(remote: Remote, name: str) -> Collection[PackId]:
    """The packs that a manifest names; raises `DataCorrupt` where it cannot be read."""
    cached = remote.cache / name
    with contextlib.suppress(OSError, BadFormat), cached.open("rb") as content:
        return read_head(content).packs
    try:
        data = remote.backend.read(name, limit=formats.MAX_FILE)
        formats.checked_body(data)
        return read_head(BytesIO(data)).packs
    except NotStored:
        return ()  # replaced since it was listed
    except BadFormat as error:
        raise DataCorrupt(f"{name} on {remote.called} is damaged: {error}") from error


def _since(remote: Remote, found: Collection[PackId], now: int) -> dict[PackId, int]:
    """When each was first seen to be spare from this clone (seconds since the epoch)."""
    file = remote.cache / "spare"
    known = _noted(file)
    since = {pack: min(now, known.get(pack, now)) for pack in found}
    if since != known:
        durable.write_file(file, *(f"{pack.hex()} {when}\n".encode() for pack, when in since.items()), fsync=False)
    return since


def _noted(file: Path) -> dict[PackId, int]:
    found = {}
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            with contextlib.suppress(ValueError):
                name, when = line.split(" ")
                found[PackId(from_hex(name))] = int(when)
    return found


def _remove(remote: Remote, packs: Collection[PackId]) -> list[PackId]:
    """Remove those that no manifest names still; their tombstones stay."""
    for pack in packs:
        remote.backend.put(DEAD + pack.hex(), b"")
    told = set(remote.backend.names(DEAD))
    still = _unnamed(remote)
    gone = [pack for pack in packs if pack in still and DEAD + pack.hex() in told]
    for pack in gone:
        remote.backend.delete(pack_name(pack))
    return gone
