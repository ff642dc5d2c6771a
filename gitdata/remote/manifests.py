"""Manifests of a remote, read with their bases and kept in a cache: they never change."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gitdata import durable
from gitdata.backends.base import NotStored
from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats import manifest as formats
from gitdata.formats.manifest import Manifest
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, RootId, short
from gitdata.remote.remote import SMALL_REQUESTS, Remote, manifest_prefix


@dataclass(frozen=True, slots=True)
class Located:
    """Where everything of one root lies: its manifest and those of its bases together."""

    root: RootId
    bases: tuple[RootId, ...]
    chunks: dict[ChunkId, Location]
    recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]]


@dataclass(slots=True)
class Manifests:
    """The manifests of one remote, each read at most once."""

    remote: Remote
    _own: dict[RootId, Manifest | None] = field(default_factory=dict)

    def load(self, root: RootId) -> Located | None:
        """Where `root` lies, or None when the remote lacks it; raises `DataCorrupt` for a damaged manifest."""
        own = self.own(root)
        if own is None:
            return None
        chunks: dict[ChunkId, Location] = {}
        recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]] = {}
        for base in own.bases:
            below = self.own(base)
            if below is None:
                raise DataCorrupt(
                    f"the manifest of {short(root)} on {self.remote.called} needs that of {short(base)}, which is gone",
                    "push the data again from a clone that has it: `git data push --all`",
                )
            chunks.update(below.chunks)
            recipes.update(below.recipes)
        chunks.update(own.chunks)
        recipes.update(own.recipes)
        return Located(root, own.bases, chunks, recipes)

    def forget(self) -> None:
        """Give back the memory of what was read: of many files it is much, and the cache has it."""
        self._own.clear()

    def read_ahead(self, roots: Iterable[RootId]) -> None:
        """Read the manifests of many roots that are all needed, several at a time."""
        wanted = [root for root in dict.fromkeys(roots) if root not in self._own]
        if len(wanted) > 1:
            with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
                self._own.update(zip(wanted, pool.map(self._read, wanted), strict=True))

    def own(self, root: RootId) -> Manifest | None:
        """The manifest of `root` without its bases; the first one that is whole."""
        if root not in self._own:
            self._own[root] = self._read(root)
        return self._own[root]

    def remember(self, manifest: Manifest) -> None:
        """Build on a manifest that is going to be written."""
        self._own[manifest.root] = manifest

    def _read(self, root: RootId) -> Manifest | None:
        cached = self._cached(root)
        if cached is not None:
            return cached
        damage: BadFormat | DataCorrupt | None = None
        for name in self.remote.backend.names(manifest_prefix(root)):
            try:
                data = self.remote.backend.read(name, limit=formats.MAX_FILE)
                found = _decode(data, root)
            except NotStored:
                continue  # replaced since it was listed
            except (BadFormat, DataCorrupt) as error:
                damage = error
                continue
            self.keep(name, data)
            return found
        if damage is not None:
            raise DataCorrupt(f"the manifest of {short(root)} on {self.remote.called} is damaged: {damage}")
        return None

    def _cached(self, root: RootId) -> Manifest | None:
        folder = self.remote.cache / manifest_prefix(root)
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            try:
                return _decode(file.read_bytes(), root)
            except BadFormat:
                file.unlink()  # a cache: the remote has the real one
        return None

    def keep(self, name: str, data: bytes) -> None:
        """Put a manifest that the remote has into the cache."""
        file = self.remote.cache / name
        durable.make_folder(file.parent)
        durable.write_file(file, data, fsync=False)


def _decode(data: bytes, root: RootId) -> Manifest:
    found = formats.decode(data)
    if found.root != root:
        raise BadFormat("it is of another root")
    return found
