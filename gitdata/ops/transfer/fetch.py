"""Fetch: bring the data of some revisions into the store without touching the work tree."""

import contextlib
from collections.abc import Iterator, Sequence

from gitdata.errors import BadFormat, BadPointer, DataCorrupt, DataMissing, GitDataError, UnsafeName
from gitdata.formats import pointer
from gitdata.formats.tree import Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.absent import Absent, together
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.needed_versions import bad_in_commit
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.summary import Amount
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.fresh import Survey, entry_in


@frozen
class Fetched:
    """What came."""

    versions: int  # pointers looked at
    blobs: int  # files, links and trees that were missing
    received: int  # bytes over the wire
    size: int  # bytes of what was missing

    @property
    def amount(self) -> Amount:
        """What came, for the files that were missing."""
        return Amount(self.blobs, self.size, self.received)


def fetch(
    place: Workspace, revisions: Sequence[str] = (), remote_name: str | None = None, progress: Progress = SILENT
) -> Fetched:
    """Fetch what the pointers at `revisions` need (none: those in the work tree).

    Raises `GitFailed` for a revision that does not exist, what connecting raises and, when all is here that can be had,
    an error that names what cannot: pointers that are damaged, and what the remote lacks or has not got right.
    """
    failures: list[GitDataError] = []
    needs = [*(_at(place, revisions, failures) if revisions else _here(place, failures))]
    singles = _single(place, revisions)
    with progress.step("fetching data"), place.open_store() as store:
        supply = Supply(place, store, remote_name, progress)
        for need in needs:
            with _kept(failures):
                absent, entries = _obtain(place, supply, need)
                if absent:
                    failures.append(supply.absent(need, absent, entries))
        with _kept(failures):
            supply.single_files(singles)
        if failures:
            raise together(failures)
    return Fetched(len(needs) + len(singles), supply.blobs, supply.received, supply.size)


@contextlib.contextmanager
def _kept(failures: list[GitDataError]) -> Iterator[None]:
    """What is wrong with one version keeps no other away."""
    try:
        yield
    except (BadFormat, BadPointer, DataCorrupt, DataMissing, UnsafeName) as error:
        failures.append(error)


def _obtain(place: Workspace, supply: Supply, need: Need) -> tuple[Absent, Listing]:
    """Fetch all of a version; the files that cannot be had, and what they are."""
    aim = place.aim(place.root(need.path)) if place.part is not None else None
    if need.value.tree_root is None:
        listing = supply.listing(need, everything=True)
        if aim is not None:
            listing = {path: entry for path, entry in listing.items() if aim.holds(path)}
        return supply.files(need, listing), listing
    survey = Survey(place.root(need.path), to_write=False, aim=aim)
    why = supply.whole(need, survey)
    pointer_files.refuse_other(need.value, survey.files, survey.size)
    gone = entry_in(need.value.root(), supply.store, set(why), aim) if why else {}
    return {path: why[entry.id] for path, entry in gone.items()}, gone


def _at(place: Workspace, revisions: Sequence[str], failures: list[GitDataError]) -> Iterator[Need]:
    found: dict[str, tuple[bytes, str]] = {}
    for revision in revisions:
        for path, oid in git_pointers.at(place.git, revision).items():
            found.setdefault(oid, (path, revision))
    texts = git_pointers.read(place.git, list(found))
    for oid, (path, revision) in found.items():
        try:
            yield Need(path, pointer.parse(texts[oid]))
        except BadPointer as error:
            failures.append(bad_in_commit(path, revision, error))


def _single(place: Workspace, revisions: Sequence[str]) -> list[Need]:
    if not revisions:
        return [Need(file.path, value_of(file.entry)) for file in pattern_files.staged(place).values()]
    found = {entry: path for revision in revisions for path, entry in pattern_files.at(place, revision).items()}
    return [Need(path, value_of(entry)) for entry, path in found.items()]


def _here(place: Workspace, failures: list[GitDataError]) -> Iterator[Need]:
    for path in roots(place).pointers:
        text = pointer_files.recorded(place.root(path), place.state)
        if text is not None:
            with _kept(failures):
                yield Need(path, pointer_files.parse(path, text))
