"""Smudge: the content that a pattern file's pointer stands for on its way into the work tree."""

import contextlib
import os
from collections.abc import Iterator, Mapping

from gitdata.errors import DataCorrupt, DataMissing, GitDataError
from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Entry
from gitdata.ids import BlobId
from gitdata.ops.patterns.clean import settled
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress, Step
from gitdata.store.reading import Damaged
from gitdata.store.store import Store
from gitdata.summary import Amount, Since
from gitdata.values import field, mutable
from gitdata.workspace import Workspace


@mutable
class Smudging:
    """Contents that Git asks for one by one; those that are missing are fetched together, by `fetch`."""

    place: Workspace
    store: Store
    progress: Progress = SILENT
    left: dict[bytes, GitDataError] = field(default_factory=dict)  # paths that stay pointers, and why
    seconds: float = 0.0  # that fetching took
    _supply: Supply | None = None
    _unreachable: GitDataError | None = None

    def here(self, entry: Entry) -> bool:
        """Whether the content is in the store, also when another process is only just publishing it."""
        if self.store.has([entry.id]):
            return True
        with contextlib.suppress(GitDataError, OSError):  # no room for it: it stays where it is
            settled(self.place, self.store)
        return bool(self.store.has([entry.id]))

    def fetch(self, wanted: Mapping[bytes, Entry]) -> set[bytes]:
        """Fetch the content of `wanted`, in one go; the paths that can be served now.

        Never raises for what cannot be had: `left` says why. A remote that could not be reached is not
        tried again.
        """
        if self._unreachable is None:
            try:
                with self.progress.step("fetching files"):
                    self._supplied(wanted)
            except DataMissing as error:
                self._note(wanted, error)
            except GitDataError as error:
                self._unreachable = error
        with self.progress.step("checking files", sum(entry.size for entry in wanted.values())) as step:
            served = {path for path, entry in wanted.items() if self._served(path, entry, step)}
        for path in wanted.keys() - served:
            self.left.setdefault(path, self._unreachable or DataMissing("it is not on the remote"))
        return served

    def _supplied(self, wanted: Mapping[bytes, Entry]) -> None:
        if self._supply is None:
            self._supply = Supply(self.place, self.store, progress=self.progress)
        needs = [
            Need(path, Pointer("file", {b"": entry}, None, 1, entry.size)) for path, entry in sorted(wanted.items())
        ]
        since = Since()
        try:
            self._supply.single_files(needs)
        finally:
            self.seconds += since.seconds

    @property
    def came(self) -> Amount:
        """What was fetched so far."""
        return self._supply.amount if self._supply is not None else Amount()

    def _note(self, wanted: Mapping[bytes, Entry], error: GitDataError) -> None:
        held = self.store.has(entry.id for entry in wanted.values())
        self.left.update((path, error) for path, entry in wanted.items() if entry.id not in held)

    def _served(self, path: bytes, entry: Entry, step: Step) -> bool:
        if self._whole(path, entry, step):
            return True
        if not isinstance(self.left.get(path), Damaged) or self._unreachable is not None:
            return False
        with contextlib.suppress(GitDataError):  # a part of it was here, and damaged
            self._supplied({path: entry})
        return self._whole(path, entry, step) and self.left.pop(path, None) is not None

    def _whole(self, path: bytes, entry: Entry, step: Step) -> bool:
        """Whether the content is here and right: what a remote called its chunks is only believed after a look."""
        if not self.store.has([entry.id]):
            return False
        try:
            for part in self.store.stream(entry.id, entry.size):
                step.advance(len(part))
        except (DataCorrupt, DataMissing) as error:
            self.left[path] = error
            return False
        return True

    def content(self, path: bytes, entry: Entry) -> Iterator[bytes | memoryview]:
        """The verified content, chunk by chunk; what is damaged here is fetched.

        Raises `DataCorrupt` and `DataMissing`, also half-way.
        """
        sent = 0
        try:
            for part in self.store.stream(BlobId(entry.id), entry.size):
                yield part
                sent += len(part)
        except Damaged:
            if not self.fetch({path: entry}):
                raise
        else:
            return
        for part in self.store.stream(BlobId(entry.id), entry.size):
            if sent < len(part):
                yield part[sent:]
            sent = max(0, sent - len(part))

    def advice(self) -> str | None:
        """One line for the person about the files that stay pointers, and how to get them; None without any."""
        if not self.left:
            return None
        names = sorted(os.fsdecode(path) for path in self.left)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        error = next(iter(self.left.values()))
        return f"left as pointers: {', '.join(names[:3])}{more} ({error}); {_way(error)}"


def _way(error: GitDataError) -> str:
    """What to do about it; it ends in the command that brings the content."""
    if isinstance(error, DataMissing) and error.hint == DataMissing.default_hint:
        return "when it is there, run `git data pull`"
    return f"{error.hint}; then run `git data pull`" if error.hint else "get it with `git data pull`"
