"""Obtain: bring into the store what pointers need and this clone lacks, in as few requests as possible."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain

from gitdata.errors import DataCorrupt, DataMissing, GitDataError, NoRemote
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Entry, Listing
from gitdata.formats.unfolding import Part, together, unfold
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, ChunkId, RootId, short
from gitdata.ops.patterns.clean import settled
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import Readable, connect_to_read
from gitdata.ops.transfer.absent import Absent, absent_error, of_kind, single_files
from gitdata.ops.transfer.folders import Folders
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.older_roots import other_roots
from gitdata.progress import SILENT, Progress
from gitdata.remote import download
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import Remote
from gitdata.store.database import batches
from gitdata.store.store import Store
from gitdata.summary import Amount
from gitdata.values import mutable, replace
from gitdata.wording import shown, some_of
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.fresh import Survey

_MOSTLY = 1.1  # bytes that may come for each byte of a version that is wanted as a whole
_ENTRY = 200  # bytes of a file in its tree; with longer names trees are asked for first
_TOGETHER = 100_000  # files that are looked for together
_SEVERAL = 4  # versions whose manifests are held in memory together


@mutable
class Supply:
    """The remote behind a store: connected to when something is missing, not before."""

    place: Workspace
    store: Store
    remote_name: str | None = None
    progress: Progress = SILENT
    received: int = 0  # bytes over the wire
    size: int = 0  # bytes of what was asked for and came
    blobs: int = 0
    _source: Readable | None = None
    _manifests: Manifests | None = None

    @property
    def source_name(self) -> str:
        """The name of the remote, once something was asked of it."""
        return self._source.remote.name if self._source is not None else ""

    def listing(self, need: Need, *, everything: bool = False) -> Listing:
        """The files of a pointer; trees that are missing are fetched, with those that lie beside them.

        With `everything` its files will be wanted, too: they may come at once.
        """
        if everything and need.value.tree_root is not None and not self.store.has([BlobId(need.value.tree_root)]):
            self._fetch_version(need)
        asked: set[BlobId] = set()
        while True:
            listing, missing = pointer_files.listing_so_far(need.value, self.store)
            if not missing - asked:
                # What is missing even now is in the catalog but in no pack: reading it says so.
                return pointer_files.listing_of(need.value, self.store) if missing else listing
            self._trees(need, missing)
            asked |= missing

    def files(self, need: Need, listing: Listing) -> Absent:
        """Fetch the files and links of `listing` that are missing; nothing is asked when none is.

        All that can be had comes; what cannot is returned, with the reason. Raises `DataMissing` naming the pointer
        when there is no remote, what the backend raises, and `DataCorrupt` when a file has not the size that
        `listing` says.
        """
        ids = {entry.id for entry in listing.values() if entry.kind != "dir"}
        sizes = self.store.sizes(ids)
        missing = ids - sizes.keys()
        absent: Mapping[BlobId, GitDataError] = {}
        if missing:
            absent = self._fetch(need, missing)
            sizes |= self.store.sizes(missing)
        _check_sizes(need, listing, sizes)
        return {path: absent[entry.id] for path, entry in listing.items() if entry.id in absent}

    def of_versions(self, needs: Sequence[Need], entries: Iterable[Entry]) -> Mapping[BlobId, GitDataError]:
        """Fetch files of several versions of one pointer that are missing, in one batch; what cannot be had, and why.

        Raises as `files` does.
        """
        ids = {entry.id for entry in entries}
        missing = ids - self.store.has(ids)
        return self._fetch(needs[0], missing, beside=needs[1:]) if missing else {}

    def whole(self, need: Need, survey: Survey) -> Mapping[BlobId, GitDataError]:
        """Fetch all of a version that is known by its trees, a part of it in memory at a time; `survey` sees it.

        What cannot be had is returned, with the reason. Raises as `listing` and `files` do; for folders that cannot be
        listed when everything else is here.
        """
        root = need.value.root()
        if survey.aim is None and not self.store.has([BlobId(root)]):
            self._fetch_version(need)
        lacking, unlisted = self._survey(need, survey)
        absent: dict[BlobId, GitDataError] = {}
        for few in batches(lacking, _TOGETHER):
            absent.update(self._fetch(need, set(few)))
        if unlisted is not None:
            raise unlisted
        if lacking:
            for parts in together(unfold(root, self.store.tree)):
                self._lacking(need, map(survey.wanted, parts))  # what has come has the size that it should have
        return absent

    def _survey(self, need: Need, survey: Survey) -> tuple[IdTable[BlobId], GitDataError | None]:
        """Fetch the trees of a version, and let `survey` see it; the files that are missing, and what has no list."""
        asked: set[BlobId] = set()
        absent: dict[BlobId, GitDataError] = {}
        while True:
            seen, folders = replace(survey), Folders(self.store, survey.open)
            lacking = IdTable[BlobId]()
            for parts in together(unfold(need.value.root(), folders.read, folders.look)):
                for part in parts:
                    seen.add(part)
                lacking.update(self._lacking(need, map(survey.wanted, parts)))
            missing = folders.missing.keys() - asked
            if not missing:
                break
            absent.update(self._fetch(need, missing, around=self._beside(need)))
            asked |= missing
        for tree in folders.missing.keys() - absent.keys():
            self.store.tree(tree)  # in the catalog but in no pack: reading it says so
        survey.files, survey.size, survey.chosen, survey.room = seen.files, seen.size, seen.chosen, seen.room
        return lacking, self._unlisted(need, folders.missing, absent) if absent else None

    def _unlisted(
        self, need: Need, folders: Mapping[BlobId, bytes], absent: Mapping[BlobId, GitDataError]
    ) -> GitDataError:
        """The error for folders whose trees cannot be had."""
        data = data_path(need.path)
        paths = sorted(data + b"/" + folders[tree] for tree in absent)
        why = next(iter(absent.values()))
        version = f"of version {short(need.value.root())} cannot be listed"
        return self._missing(f"{some_of(paths, lambda path: shown(path.rstrip(b'/') + b'/'))} {version}: {why}", why)

    def _beside(self, need: Need) -> list[RootId]:
        """Of what version all that lies close to trees comes too; where only a part is taken it may not be wanted."""
        return [need.value.root()] if self.place.part is None else []

    def _trees(self, need: Need, missing: set[BlobId]) -> None:
        """Fetch trees, with those that lie beside them."""
        absent = self._fetch(need, missing, around=self._beside(need))
        if absent:
            what = f"{len(absent)} folders of {os.fsdecode(data_path(need.path))} cannot be listed"
            raise self._missing(f"{what}: {next(iter(absent.values()))}", next(iter(absent.values())))

    def _lacking(self, need: Need, parts: Iterable[Part]) -> set[BlobId]:
        """What is missing of the files and links of some parts; raises `DataCorrupt` for one of another size."""
        entries = {path: entry for part in parts for path, entry in part.items()}
        ids = {entry.id for entry in entries.values()}
        sizes = self.store.sizes(ids)
        _check_sizes(need, entries, sizes)
        return ids - sizes.keys()

    def absent(self, need: Need, absent: Absent, listing: Listing) -> GitDataError:
        """The error for files of `listing` that cannot be had: data may be where the repository says, if elsewhere."""
        return self._missing("", absent_error(self.place, need, absent, listing))

    def single_files(self, needs: Sequence[Need]) -> None:
        """Fetch what pointers in file form need and the store lacks, all of it in one go.

        Raises `DataMissing` naming some of those that the remote lacks, after the others were fetched.
        """
        wanted = {BlobId(need.value.root()): need for need in needs}
        missing = wanted.keys() - self.store.has(wanted)
        if missing:
            settled(self.place, self.store)
            missing -= self.store.has(missing)
        if not missing:
            return
        remote = self._connected(wanted[min(missing)], len(missing))
        roots = [RootId(blob) for blob in missing]
        manifests = Manifests(remote)
        manifests.read_ahead(roots)
        got = download.fetch(manifests, self.store, set(missing), roots, self.progress)
        self._count(got)
        left = missing - self.store.has(missing)
        self.blobs += len(missing) - len(left)
        if left:
            names = single_files(self.place, [wanted[blob] for blob in left])
            first = got.absent.get(min(left))
            said = f"the remote {remote.called} does not have {names}"
            if isinstance(first, DataCorrupt):
                raise DataCorrupt(f"{names} cannot be had: {first}", first.hint)
            raise self._missing(said, first or DataMissing(said))

    def together(self, wanted: Mapping[BlobId, Need], *, trees: bool = False) -> Mapping[BlobId, GitDataError]:
        """Fetch blobs of several versions in one go, each named with a pointer that has it.

        With `trees` those that lie beside them come too. Those that cannot be had are returned, and why.
        """
        needs = {need.value.root(): need for need in wanted.values()}
        if not needs:
            return {}
        around = list(needs) if trees and len(needs) <= _SEVERAL else []
        return self._fetch(next(iter(needs.values())), set(wanted), around=around, beside=list(needs.values())[1:])

    def chunks_at(
        self, need: Need, blob: BlobId, choose: Callable[[list[tuple[ChunkId, int]]], Collection[ChunkId]]
    ) -> list[tuple[ChunkId, int]]:
        """Fetch some chunks of a blob: of all of them, with their bytes, `choose` tells which.

        All of them are returned, in order; none when the remote has not got the blob.
        """
        manifests = self._manifests = self._manifests or Manifests(self._connected(need, 1))
        roots = chain((need.value.root(),), other_roots(self.place, need.path))
        where = download.layout(manifests, blob, roots)
        lengths = [(part, place.raw) for part, place in where]
        wanted = set(choose(lengths))
        chosen = {part: place for part, place in where if part in wanted}
        self._count(download.fetch_chunks(manifests, self.store, chosen, self.progress))
        return lengths

    def _fetch(
        self, need: Need, blobs: set[BlobId], *, around: Sequence[RootId] = (), beside: Sequence[Need] = ()
    ) -> Mapping[BlobId, GitDataError]:
        """Fetch blobs of `need` and of needs `beside` it; those that cannot be had, and why."""
        remote = self._connected(need, len(blobs))
        needs = (need, *beside)
        paths = dict.fromkeys(one.path for one in needs)
        older = chain.from_iterable(other_roots(self.place, path) for path in paths)
        roots = chain((one.value.root() for one in needs), older)
        self._manifests = self._manifests or Manifests(remote)
        got = download.fetch(self._manifests, self.store, blobs, roots, self.progress, around=around)
        self._count(got)
        self.blobs += len(blobs) - len(got.absent)
        return got.absent

    def _fetch_version(self, need: Need) -> None:
        remote = self._connected(need, need.value.files)
        self._manifests = self._manifests or Manifests(remote)
        most = int(need.value.size * _MOSTLY) + need.value.files * _ENTRY
        got = download.fetch_version(self._manifests, self.store, need.value.root(), most, self.progress)
        if got is not None:
            self._count(replace(got, size=need.value.size))
            self.blobs += need.value.files

    def _count(self, got: download.Fetched) -> None:
        self.received += got.received
        self.size += got.size

    @property
    def amount(self) -> Amount:
        """All that came."""
        return Amount(self.blobs, self.size, self.received)

    def _missing(self, what: str, error: GitDataError) -> GitDataError:
        """The error for data that the remote lacks: it may be where the repository says, if that is another place."""
        if self._source is None:
            return error
        if self._source.refusal is not None:
            return self._source.refusal
        name = self._source.remote.name
        where = configured.elsewhere(self.place, configured.choose(self.place, name))
        hint = f"if data is at {where} now, as .gitdata.toml says, run `git data trust {name}`"
        return of_kind(error, what or str(error), hint if where is not None else error.hint)

    def _connected(self, need: Need, count: int) -> Remote:
        if self._source is None:
            try:
                self._source = connect_to_read(self.place, configured.choose(self.place, self.remote_name))
            except NoRemote as error:
                raise DataMissing(
                    f"{count} part{'s' if count > 1 else ''} of {os.fsdecode(need.path)} are not in this clone, "
                    f"and {error}",
                    error.hint,
                ) from error
        return self._source.remote


def _check_sizes(need: Need, listing: Listing, sizes: Mapping[BlobId, int]) -> None:
    for path, entry in listing.items():
        if entry.kind != "dir" and sizes.get(entry.id, entry.size) != entry.size:
            name = os.fsdecode(data_path(need.path) + (b"/" + path if path else b""))
            raise DataCorrupt(
                f"{name} has {entry.size} bytes by its pointer and {sizes[entry.id]} by its content",
                "it was not made by git-data; go back to a version that was",
            )
