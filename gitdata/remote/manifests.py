"""Manifests of a remote, read with their bases and kept in a cache: they never change."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import BinaryIO, TypeVar

from gitdata import durable
from gitdata.backends.base import NotStored
from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats import manifest as formats
from gitdata.formats.located import together
from gitdata.formats.manifest import Manifest
from gitdata.formats.manifest_parts import Head, Hits, ends, read_head, search
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, PackId, RootId, short
from gitdata.remote.remote import SMALL_REQUESTS, Remote, manifest_prefix
from gitdata.values import field, frozen, mutable

Part = TypeVar("Part")


@frozen
class Located:
    """Where everything of one root lies: its manifest and those of its bases together."""

    root: RootId
    bases: tuple[RootId, ...]
    chunks: Mapping[ChunkId, Location]
    recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]]
    lost: frozenset[ChunkId] = frozenset()  # that lie only where nothing is, or nothing right


@mutable
class Manifests:
    """The manifests of one remote, each read at most once.

    A version may have several: when something of what the first one names is found to be gone, it was pushed once more
    and named anew. From the moment on at which the first place is found to be bad (`avoid`), or something is not named
    (`ask_all`), all of them are read.
    """

    remote: Remote
    _bad_packs: set[PackId] = field(default_factory=set)
    _bad: set[tuple[PackId, ChunkId]] = field(default_factory=set)
    _lost: dict[RootId, frozenset[ChunkId]] = field(default_factory=dict)
    _was: dict[ChunkId, PackId] = field(default_factory=dict)
    _names: dict[RootId, list[str]] = field(default_factory=dict)  # of manifests, where they were listed before
    _own: dict[RootId, Manifest | None] = field(default_factory=dict)
    _heads: dict[RootId, Head | None] = field(default_factory=dict)
    _all_asked: bool = False

    def load(self, root: RootId) -> Located | None:
        """Where `root` lies, or None when the remote lacks it; raises `DataCorrupt` for a damaged manifest."""
        own = self.own(root)
        if own is None:
            return None
        several: list[Mapping[ChunkId, Location]] = []
        recipes: dict[BlobId, tuple[int, tuple[ChunkId, ...]]] = {}
        lost: set[ChunkId] = set()
        for base in own.bases:
            below = self.own(base)
            lost.update(self._lost.get(base, ()))
            if below is None and self.doubts:
                continue  # another manifest of the version may do without it
            if below is None:
                raise DataCorrupt(
                    f"the manifest of {short(root)} on {self.remote.called} needs that of {short(base)}, which is gone",
                    "push the data again from a clone that has it: `git data push --all`",
                )
            several.append(below.chunks)
            recipes.update(below.recipes)
        chunks = together([*several, own.chunks])
        recipes.update(own.recipes)
        lost.update(self._lost.get(root, ()))
        return Located(root, own.bases, chunks, recipes, frozenset(lost - chunks.keys()))

    def look_up(self, roots: Iterable[RootId]) -> set[RootId]:
        """Those of `roots` that the remote lacks; for many one listing tells, and what their manifests are called."""
        wanted = set(roots)
        if unknown := wanted - self._names.keys():
            self._names.update(self.remote.manifests_of(unknown))
        return wanted - self._names.keys()

    def avoid(self, packs: Iterable[PackId] = (), places: Iterable[tuple[PackId, ChunkId]] = ()) -> None:
        """Whole packs are gone or cut off, or single chunks in them are not right: take them from elsewhere."""
        self._bad_packs.update(packs)
        self._bad.update(places)
        self._read_anew()

    def ask_all(self) -> None:
        """What a version needs is not in the first manifest that it has: take all that it has together."""
        self._all_asked = True
        self._read_anew()

    def _read_anew(self) -> None:
        self._own.clear()
        self._heads.clear()
        self._lost.clear()

    @property
    def doubts(self) -> bool:
        """Whether something was found not to be where or what it should be."""
        return self._all_asked or bool(self._bad_packs or self._bad)

    def chain(self, root: RootId) -> list[Manifest]:
        """The manifests that together say where `root` lies, its own first; none when the remote lacks it.

        Raises `DataCorrupt` for a damaged one.
        """
        own = self.own(root)
        below = [self.own(base) for base in own.bases] if own is not None else []
        return [manifest for manifest in (own, *below) if manifest is not None]

    def was_in(self, chunk: ChunkId) -> PackId | None:
        """The pack in which a manifest locates a chunk that is lost."""
        return self._was.get(chunk)

    def head(self, root: RootId) -> Head | None:
        """What the manifest of `root` builds on and relies on, read without its rows; None when the remote lacks it.

        Raises `DataCorrupt` for a damaged one.
        """
        if root not in self._heads:
            known = self.own(root) if self.doubts else self._own.get(root)
            if known is not None:
                self._heads[root] = _head_of(known)
            else:
                self._heads[root] = None if self.doubts else self._read(root, partial(_head, root))
        return self._heads[root]

    def search(self, root: RootId, wanted: AbstractSet[bytes]) -> Hits:
        """What the manifest of `root` itself has of some blobs and chunks, without taking all of it into memory."""
        if root not in self._own and self.doubts:
            self.own(root)
        if root not in self._own:
            hits = self._read(root, partial(search, wanted=wanted))
            return hits if hits is not None else Hits({}, set())
        own = self._own[root]
        if own is None:
            return Hits({}, set())
        chunks = {chunk: own.chunks[chunk] for chunk in own.chunks.keys() & wanted}
        return Hits(chunks, own.recipes.keys() & wanted)

    def ends(self, root: RootId) -> dict[PackId, int] | None:
        """How many bytes of each pack the manifest of `root` itself relies on; None when the remote lacks it."""
        own = self._own.get(root)
        if own is not None:
            found: dict[PackId, int] = {}
            for pack, offset, stored, _raw in own.chunks.values():
                found[pack] = max(offset + stored, found.get(pack, 0))
            return found
        return self._read(root, ends)

    def at_hand(self, root: RootId) -> bool:
        """Whether to search in the manifest of `root` costs nothing."""
        return root in self._own

    def forget(self) -> None:
        """Give back the memory of what was read: of many files it is much, and the cache has it."""
        self._own.clear()

    def heads_ahead(self, roots: Iterable[RootId]) -> None:
        """Read the beginnings of many manifests that are all needed, several at a time; what is wrong shows later."""

        def read(root: RootId) -> None:
            with contextlib.suppress(BadFormat, DataCorrupt):
                self.head(root)

        with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
            for _done in pool.map(read, roots):
                pass

    def read_ahead(self, roots: Iterable[RootId]) -> None:
        """Read the manifests of many roots that are all needed, several at a time."""
        wanted = [root for root in dict.fromkeys(roots) if root not in self._own]
        if len(wanted) > 1:
            with ThreadPoolExecutor(SMALL_REQUESTS) as pool:
                self._own.update(zip(wanted, pool.map(self._whole, wanted), strict=True))

    def own(self, root: RootId) -> Manifest | None:
        """The manifest of `root` without its bases; the first one that is whole."""
        if root not in self._own:
            self._own[root] = self._whole(root)
        return self._own[root]

    def _whole(self, root: RootId) -> Manifest | None:
        return self._read(root, partial(_decode, root)) if not self.doubts else self._together(root)

    def _together(self, root: RootId) -> Manifest | None:
        """What all manifests of `root` that are whole say together of places that are not bad."""
        found = list(self._all(root))
        if not found:
            return self._read(root, partial(_decode, root))  # none, or it says what is wrong
        chunks: dict[ChunkId, Location] = {}
        named: set[ChunkId] = set()
        for manifest in found:
            named |= manifest.chunks.keys()
            for chunk, where in manifest.chunks.items():
                if where.pack not in self._bad_packs and (where.pack, chunk) not in self._bad:
                    chunks.setdefault(chunk, where)
        self._lost[root] = frozenset(named - chunks.keys())
        if self._lost[root]:
            self._was.update(
                (chunk, where.pack) for one in found for chunk, where in one.chunks.items() if chunk not in chunks
            )
        bases = tuple(dict.fromkeys(base for manifest in found for base in manifest.bases))
        return Manifest(root, bases, chunks, {blob: at for one in found for blob, at in one.recipes.items()})

    def _all(self, root: RootId) -> Iterator[Manifest]:
        folder = self.remote.cache / manifest_prefix(root)
        for name in self._named(root):
            with contextlib.suppress(BadFormat, DataCorrupt, NotStored):
                file = folder / name.rpartition("/")[2]
                if file.is_file():
                    with contextlib.suppress(BadFormat, OSError), file.open("rb") as content:
                        yield _decode(root, content)
                        continue
                data = self.remote.backend.read(name, limit=formats.MAX_FILE)
                found = _decode(root, BytesIO(data))
                self.keep(name, data)
                yield found

    def remember(self, manifest: Manifest) -> None:
        """Build on a manifest that is going to be written."""
        self._own[manifest.root] = manifest
        self._heads.pop(manifest.root, None)

    def _read(self, root: RootId, take: Callable[[BinaryIO], Part]) -> Part | None:
        """What `take` makes of the manifest of `root`, in the cache or on the remote."""
        cached = self._cached(root, take)
        if cached is not None:
            return cached
        damage: BadFormat | DataCorrupt | None = None
        for name in self._named(root):
            try:
                data = self.remote.backend.read(name, limit=formats.MAX_FILE)
                _check(root, data)
                found = take(BytesIO(data))
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

    def _named(self, root: RootId) -> Iterable[str]:
        return self._names.get(root) or self.remote.backend.names(manifest_prefix(root))

    def _cached(self, root: RootId, take: Callable[[BinaryIO], Part]) -> Part | None:
        folder = self.remote.cache / manifest_prefix(root)
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            try:
                with file.open("rb") as content:
                    return take(content)
            except BadFormat:
                file.unlink()  # a cache: the remote has the real one
        return None

    def keep(self, name: str, data: bytes) -> None:
        """Put a manifest that the remote has into the cache."""
        file = self.remote.cache / name
        durable.make_folder(file.parent)
        durable.write_file(file, data, fsync=False)


def _check(root: RootId, data: bytes) -> None:
    if not formats.checked_body(data).startswith(root):
        raise BadFormat("it is of another root")


def _decode(root: RootId, file: BinaryIO) -> Manifest:
    found = formats.decode(file.read())
    if found.root != root:
        raise BadFormat("it is of another root")
    return found


def _head(root: RootId, file: BinaryIO) -> Head:
    found = read_head(file)
    if found.root != root:
        raise BadFormat("it is of another root")
    return found


def _head_of(manifest: Manifest) -> Head:
    packs = {location.pack for location in manifest.chunks.values()}
    return Head(manifest.root, manifest.bases, tuple(packs), len(manifest.chunks), len(manifest.recipes))
