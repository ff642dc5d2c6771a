"""One remote: its identity, and the names of what lies on it."""

import contextlib
import os
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from gitdata.backends.base import Backend, NotAFile, NotStored
from gitdata.durable import make_folder
from gitdata.errors import BadRemote, DataMissing
from gitdata.formats import identity
from gitdata.ids import PackId, RootId, from_hex
from gitdata.remote.agreements import Agreement
from gitdata.values import frozen

MANIFESTS = "manifests/"
DEAD = "dead/"
PACKS = "packs/"
TRANSFERS = 4
MOST_TRANSFERS = 16
SMALL_REQUESTS = 8  # questions and manifests, at the same time
_FEW_PACKS = 8  # looked for one by one, at the same time; more are looked up in one listing
_FEW = 4  # roots asked for one by one, at the same time; more are looked up in one listing


class Swapped(BadRemote):
    """The place is the one agreed to, but what is there now is not the remote that was there."""

    def __init__(self, name: str, called: str, known: str, found: str | None) -> None:
        self.found = found
        said = f"its id changed from {known[:12]} to {found[:12]}" if found else "its gitdata.json is gone"
        super().__init__(
            f"the remote {called} is not what it was: {said}",
            "mount it or correct its address; if it was emptied or made anew on purpose, "
            f"run `git data remote reset {name}`",
        )


@frozen
class Remote:
    """A remote that is there and that we can read."""

    name: str
    called: str  # its name and its place, for people
    remote_id: str
    backend: Backend
    cache: Path  # of this remote, in the clone's store: immutable files that were seen before
    transfers: int = TRANSFERS  # requests for data at the same time
    new: bool = False  # made just now: nothing is there yet

    @classmethod
    def open(
        cls, backend: Backend, *, create: bool, cache: Path, name: str, agreed: Agreement | None = None
    ) -> "Remote":
        """Read the identity of the remote; with `create` an empty place becomes one.

        Raises `DataMissing` when nothing was ever pushed there, and `Swapped`, before anything is written
        there, when it does not have the id that it has in `agreed`.
        """
        called = f"'{name}' ({agreed.destination})" if agreed is not None else f"'{name}'"
        known = agreed.remote_id if agreed is not None else None
        new = False
        try:
            found = identity.decode(backend.read(identity.NAME, limit=identity.LIMIT))
        except NotStored as error:
            if known is not None:
                raise Swapped(name, called, known, None) from error
            if not create:
                raise DataMissing(f"the remote {called} is empty: nothing was pushed to it yet") from error
            fresh = identity.encode(os.urandom(16).hex())
            backend.put(identity.NAME, fresh)
            # Two first pushes at once: whoever is read back is the remote, whether or not the
            # server lets a second put replace the first.
            data = backend.read(identity.NAME, limit=identity.LIMIT)
            found, new = identity.decode(data), data == fresh
        if known not in (None, found.remote_id):
            raise Swapped(name, called, known, found.remote_id)
        own = cache / found.remote_id
        make_folder(own)
        return cls(name, called, found.remote_id, backend, own, new=new)

    def lacking(self, roots: Iterable[RootId]) -> set[RootId]:
        """Those of `roots` that have no manifest here."""
        wanted = set(roots)
        return wanted if self.new else wanted - self.manifests_of(wanted).keys()

    def manifests_of(self, roots: Collection[RootId]) -> dict[RootId, list[str]]:
        """The names of the manifests of those of `roots` that have some, sorted; of many roots those of all others too.

        For they come from one listing.
        """
        if len(roots) <= _FEW:
            with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
                lists = pool.map(lambda root: list(self.backend.names(manifest_prefix(root))), roots)
                return {root: names for root, names in zip(roots, lists, strict=True) if names}
        found: dict[RootId, list[str]] = {}
        for name in self.backend.names(MANIFESTS):
            with contextlib.suppress(ValueError):  # not ours
                found.setdefault(RootId(from_hex(name[len(MANIFESTS) :].partition("/")[0])), []).append(name)
        return found


def pack_sizes(remote: Remote, packs: Iterable[PackId]) -> dict[PackId, int]:
    """The bytes that packs have on a remote, -1 where there is none: asked for one by one, or in one listing."""
    wanted = list(packs)
    if len(wanted) <= _FEW_PACKS:
        with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
            return dict(zip(wanted, pool.map(partial(_size, remote), wanted), strict=True))
    listed = remote.backend.sizes(PACKS)
    return {pack: listed.get(pack_name(pack), -1) for pack in wanted}


def _size(remote: Remote, pack: PackId) -> int:
    try:
        return remote.backend.size(pack_name(pack))
    except (NotAFile, NotStored):
        return -1


def pack_name(pack: PackId) -> str:
    """Where a pack lies on a remote."""
    name = pack.hex()
    return f"{PACKS}{name[:2]}/{name}"


def manifest_prefix(root: RootId) -> str:
    """Below which the manifests of a root lie."""
    return f"{MANIFESTS}{root.hex()}/"
