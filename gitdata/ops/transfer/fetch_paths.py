"""Fetch paths: bring the contents of some files and folders into the store, whatever part the work tree takes."""

from collections.abc import Iterator, Sequence

from gitdata.errors import BadPointer, DataMissing, GitDataError, NotTracked
from gitdata.formats import pointer
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.formats.tree import Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.absent import together
from gitdata.ops.transfer.fetch import Fetched
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


def fetch_paths(
    place: Workspace,
    revisions: Sequence[str],
    paths: Sequence[bytes],
    remote_name: str | None = None,
    progress: Progress = SILENT,
) -> Fetched:
    """Fetch what lies at and below `paths` (from the top) in `revisions` (none: in the work tree).

    Raises `NotTracked` for a path that nothing lies at, and what `fetch` raises.
    """
    failures: list[GitDataError] = []
    found: set[bytes] = set()
    needs = [need for need in _needs(place, revisions, paths) if _meant(data_path(need.path), paths)]
    singles = [one for one in _single(place, revisions) if any(_lies(one.path, path) for path in paths)]
    with progress.step("fetching data"), place.open_store() as store:
        supply = Supply(place, store, remote_name, progress)
        for need in needs:
            listing = at_and_below(supply.listing(need), data_path(need.path), paths)
            found |= {path for path in paths for name in listing if _lies(_full(need, name), path)}
            if absent := supply.files(need, listing):
                failures.append(supply.absent(need, absent, listing))
        found |= {path for path in paths for one in singles if _lies(one.path, path)}
        for path in paths:
            if path not in found:
                raise NotTracked(f"{shown(path)} is no data of what was asked for", "see `git data ls`")
        try:
            supply.single_files(singles)
        except DataMissing as error:
            failures.append(error)
        if failures:
            raise together(failures)
    return Fetched(len(needs) + len(singles), supply.blobs, supply.received, supply.size)


def at_and_below(listing: Listing, data: bytes, paths: Sequence[bytes]) -> Listing:
    """What of a version of the data root `data` lies at or below `paths`, which count from the top."""
    return {
        name: entry
        for name, entry in listing.items()
        if any(_lies(data + b"/" + name if name else data, path) for path in paths)
    }


def _full(need: Need, name: bytes) -> bytes:
    data = data_path(need.path)
    return data + b"/" + name if name else data


def _lies(name: bytes, path: bytes) -> bool:
    return name == path or name.startswith(path + b"/")


def _meant(data: bytes, paths: Sequence[bytes]) -> bool:
    """Whether a root is one of `paths`, or lies below or above one."""
    return any(_lies(data, path) or _lies(path, data) for path in paths)


def _needs(place: Workspace, revisions: Sequence[str], paths: Sequence[bytes]) -> Iterator[Need]:
    if not revisions:
        for path in roots(place).pointers:
            text = pointer_files.recorded(place.root(path), place.state)
            if text is not None and _meant(data_path(path), paths):
                yield Need(path, pointer_files.parse(path, text))
    for revision in revisions:
        at = {path: oid for path, oid in git_pointers.at(place.git, revision).items() if is_pointer_path(path)}
        texts = git_pointers.read(place.git, list(at.values()))
        for path, oid in at.items():
            if _meant(data_path(path), paths):
                try:
                    yield Need(path, pointer.parse(texts[oid]))
                except BadPointer as error:
                    raise BadPointer(f"{shown(path)} in {revision}: {error}", error.hint) from error


def _single(place: Workspace, revisions: Sequence[str]) -> list[Need]:
    if not revisions:
        return [Need(file.path, value_of(file.entry)) for file in pattern_files.staged(place).values()]
    found = {entry: path for revision in revisions for path, entry in pattern_files.at(place, revision).items()}
    return [Need(path, value_of(entry)) for entry, path in found.items()]
