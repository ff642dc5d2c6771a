"""Source: the trees and bytes of versions, from the store and, where it has not got them, from the data remote."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from gitdata.errors import DataCorrupt, DataMissing, GitDataError, Offline
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Entry
from gitdata.ids import BlobId, ChunkId
from gitdata.ops.patterns.clean import settled
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.ops.versions.fetched import Fetched
from gitdata.progress import SILENT, Progress
from gitdata.store import parts
from gitdata.store.reading import Damaged
from gitdata.store.store import Store
from gitdata.values import field, mutable
from gitdata.wording import count, shown, size, some_of
from gitdata.workspace import Workspace


class File(NamedTuple):
    """A file, link or empty directory of a version."""

    path: bytes  # relative to the top
    entry: Entry
    need: Need  # the pointer that names it, or the tree that it is in

    @property
    def inside(self) -> bytes:
        """Its path below the root of its pointer."""
        return self.path[len(data_path(self.need.path)) + 1 :]


@mutable
class Source:
    """The bytes behind versions. Nothing asks the network for what the store holds."""

    place: Workspace
    store: Store
    offline: bool = False  # nothing is fetched: `Offline` is raised instead
    progress: Progress = SILENT
    remote: str | None = None  # the data remote that is asked; None: the default one
    fetched: Fetched = field(default_factory=Fetched)
    _supplies: list[Supply] = field(default_factory=list)  # none, or one: connected to when something is missing

    @property
    def here(self) -> "Source":
        """The same without a remote: what is not here raises `Offline`."""
        return Source(self.place, self.store, True)

    def tree(self, tree: BlobId) -> bytes:
        """The verified bytes of a tree that is here (`bring_trees`); raises `DataMissing` and `DataCorrupt`."""
        return self.store.tree(tree)

    def bring_trees(self, wanted: Mapping[BlobId, Need]) -> None:
        """Fetch those of these trees that are not here, in one go.

        Raises `Offline` and what obtaining raises, `DataMissing` naming the data for those that cannot be had.
        """
        missing = wanted.keys() - self.store.has(wanted)
        if not missing:
            return
        names = _data_of(wanted[tree] for tree in missing)
        what = f"{count(len(missing), 'folder')} of {names}"
        absent = self._fetch({tree: wanted[tree] for tree in missing}, what, trees=True)
        self.fetched.listings += len(missing) - len(absent)
        if absent:
            error = next(iter(absent.values()))
            kind = DataCorrupt if isinstance(error, DataCorrupt) else DataMissing
            raise kind(f"{count(len(absent), 'folder')} of {names} cannot be listed: {error}", error.hint)

    def lacking(self, files: Iterable[File]) -> list[File]:
        """Those of `files` whose content is not here, each content once."""
        wanted = {file.entry.id: file for file in files if file.entry.kind != "dir"}
        held = self.store.has(wanted)
        return [file for blob, file in wanted.items() if blob not in held]

    def bring(self, files: Collection[File]) -> None:
        """Fetch the content of those of `files` that are not here, all in one go.

        Raises `Offline`, `DataMissing` naming those that cannot be had (the others have come), `DataCorrupt` and
        what connecting raises.
        """
        missing = self.lacking(files)
        if missing:
            settled(self.place, self.store)  # the filter may be publishing them only now
            missing = self.lacking(missing)
        if missing:
            absent = self._fetch({file.entry.id: file.need for file in missing}, _called(missing), trees=False)
            gone = [file for file in missing if file.entry.id in absent]
            came = [file for file in missing if file.entry.id not in absent]
            self.fetched.files += len(came)
            self.fetched.size += sum(file.entry.size for file in came)
            if gone:
                raise self._gone(gone, absent)
        self._check_sizes(files)

    def stream(self, file: File) -> Iterator[bytes | memoryview]:
        """The content of a file, chunk by chunk, each verified; what is not here, or damaged, is fetched.

        The last chunk comes only when the whole is right. Raises as `bring` does, `DataCorrupt` also half-way.
        """
        self.bring([file])
        sent = 0
        try:
            for part in self.store.stream(file.entry.id, file.entry.size):
                yield part
                sent += len(part)
            return
        except Damaged:
            self.bring([file])  # the damaged part is not here any more
        for part in self.store.stream(file.entry.id, file.entry.size):
            if sent < len(part):
                yield part[sent:]
            sent = max(0, sent - len(part))

    def part(self, file: File, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """The bytes of a file from `start` up to `stop`; only the chunks that have some of them are read, or fetched.

        Each is verified; that the chunks make up this file is taken from where it was recorded. Raises as `stream`.
        """
        stop = min(stop, file.entry.size)
        if start >= stop:
            return
        found = parts.layout(self.store, file.entry.id)
        if found is None:
            if self.offline:
                raise Offline(f"{_called([file])} is not in this clone")
            found = self._fetch_part(file, start, stop)
        if not found or found[-1].end != file.entry.size:
            yield from self._cut(file, start, stop)  # somewhere it may be whole, or it is said what is wrong
            return
        yield from parts.read(self.store, parts.within(found, start, stop), start, stop)

    def _fetch_part(self, file: File, start: int, stop: int) -> list[parts.Piece]:
        def chosen(lengths: list[tuple[ChunkId, int]]) -> set[ChunkId]:
            return {piece.chunk for piece in parts.within(parts.pieces(lengths), start, stop)}

        before = self._supply.received
        with self.progress.step("fetching data"):
            found = parts.pieces(self._supply.chunks_at(file.need, file.entry.id, chosen))
        came = self._supply.received - before
        if came:
            self.fetched.parts[file.path] = self.fetched.parts.get(file.path, 0) + came
        self.fetched.origin = self._supply.source_name
        return found

    def _cut(self, file: File, start: int, stop: int) -> Iterator[bytes | memoryview]:
        position = 0
        for chunk in self.stream(file):
            yield chunk[max(0, start - position) : max(0, stop - position)]
            position += len(chunk)

    def read(self, file: File, limit: int) -> bytes | None:
        """The whole content of a file that has at most `limit` bytes, None of a larger one; raises as `stream` does."""
        return b"".join(self.stream(file)) if file.entry.size <= limit else None

    @property
    def _supply(self) -> Supply:
        if not self._supplies:
            self._supplies.append(Supply(self.place, self.store, self.remote, self.progress))
        return self._supplies[0]

    def _fetch(self, wanted: Mapping[BlobId, Need], what: str, *, trees: bool) -> Mapping[BlobId, GitDataError]:
        if self.offline:
            raise Offline(f"{what} {'is' if len(wanted) == 1 else 'are'} not in this clone")
        with self.progress.step("fetching data"):
            absent = self._supply.together(wanted, trees=trees)
        self.fetched.origin = self._supply.source_name
        return absent

    def _gone(self, gone: list[File], absent: Mapping[BlobId, GitDataError]) -> GitDataError:
        """The error for files that cannot be had, by the first data root among them."""
        need = gone[0].need
        same = [file for file in gone if file.need == need]
        return self._supply.absent(
            need, {file.inside: absent[file.entry.id] for file in same}, {file.inside: file.entry for file in same}
        )

    def _check_sizes(self, files: Iterable[File]) -> None:
        wanted = [file for file in files if file.entry.kind != "dir"]
        sizes = self.store.sizes({file.entry.id for file in wanted})
        for file in wanted:
            if sizes.get(file.entry.id, file.entry.size) != file.entry.size:
                raise DataCorrupt(
                    f"{shown(file.path)} has {file.entry.size} bytes by its pointer and {sizes[file.entry.id]} by its "
                    "content",
                    "it was not made by git-data; go back to a version that was",
                )


def _data_of(needs: Iterable[Need]) -> str:
    return some_of(sorted({data_path(need.path) for need in needs}), shown)


def _called(files: list[File]) -> str:
    total = sum(file.entry.size for file in files)
    return f"{some_of(sorted(file.path for file in files), shown)} ({size(total)})"
