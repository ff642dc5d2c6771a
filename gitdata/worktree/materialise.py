"""Store -> work tree: carry out decided changes so that every file is whole at every moment."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from blake3 import blake3

from gitdata.descent import Descent
from gitdata.disk_errors import disk_errors
from gitdata.errors import GitDataError, Incomplete, OutOfSpace, UnsafeName
from gitdata.formats.names import MAX_PATH, check_paths, collisions, parents
from gitdata.formats.sizes import HUGE, USUAL
from gitdata.formats.tree import Listing
from gitdata.ids import ChunkId
from gitdata.progress import SILENT, Progress
from gitdata.store.signature import Signature
from gitdata.store.sources import Source, WorkFile
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.worktree import places
from gitdata.worktree.before import is_still
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.racy import is_racy
from gitdata.worktree.root_changes import Outcome, RootChanges, entry_of, relative
from gitdata.worktree.statcache import Rows
from gitdata.worktree.state import State
from gitdata.worktree.writing import write_files, write_links


def check(job: RootChanges, store: Store) -> None:
    """Refuse, before anything is touched, names that are unsafe or meet on some file systems, and a full disk."""
    check_paths(path for path in job.changes.write if path)
    _refuse_long(job)
    twins = collisions(job.target)
    if twins:
        one, other = (os.fsdecode(path) for path in twins[0])
        raise Incomplete(
            f"cannot write {os.fsdecode(job.root.path)}: {one} and {other} are one name on some file systems",
            "rename one of them in a commit and check that out",
        )
    for path, entry in job.changes.write.items():
        if entry.kind == "link" and entry.size > MAX_PATH:  # it is read as a whole
            raise Incomplete(
                f"cannot write {os.fsdecode(job.root.path)}: {os.fsdecode(path)} is a link to {entry.size} bytes",
                "no system has such links; go back to a version without it",
            )
    needed = sum(entry.size for entry in job.changes.write.values())
    disk = os.statvfs(job.root.full if os.path.isdir(job.root.full) else job.root.top)  # it may be mounted there
    free = disk.f_bavail * disk.f_frsize
    if needed > free and (needed := needed - _holes(job, store)) > free:
        raise OutOfSpace(f"cannot write {os.fsdecode(job.root.path)}: {needed} bytes needed, {free} free")


def _holes(job: RootChanges, store: Store) -> int:
    """The bytes that take no room when they are written (`places`): zeros, as much of them as a chunk may have."""
    large = [entry.id for entry in job.changes.write.values() if entry.size > USUAL.maximum]
    recipes = store.find(large).recipes.values()
    zeros = {length: ChunkId(blake3(bytes(length)).digest()) for length in (USUAL.maximum, HUGE.maximum)}
    return sum(length * recipe.count(chunk) for length, chunk in zeros.items() for recipe in recipes)


def _refuse_long(job: RootChanges) -> None:
    """What no program can name: it could be written, a directory at a time, and then neither read nor removed."""
    most = os.pathconf(job.root.top, "PC_PATH_MAX") - 1
    longest = max(job.changes.write, key=len, default=b"")
    if (size := len(job.root.full) + 1 + len(longest)) > most:
        raise Incomplete(
            f"cannot write {os.fsdecode(job.root.path)}: the path of {shown(longest)} has {size} bytes here, "
            f"and this system takes {most}",
            "rename it in a commit and check that out, or clone into a directory with a shorter path",
        )


def lost(job: RootChanges) -> Listing:
    """The files and links that are about to be overwritten or deleted."""
    gone = {**job.changes.overwritten, **job.changes.delete}
    return {path: entry for path, entry in gone.items() if entry.kind != "dir"}


def keep_unsaved(job: RootChanges, store: Store, progress: Progress = SILENT) -> int:
    """Put into the store what is about to be overwritten or deleted and is nowhere else; return how many files."""
    going = lost(job)
    held = store.has({entry.id for entry in going.values()})
    unsaved = {path: entry for path, entry in going.items() if entry.id not in held}
    if not unsaved:
        return 0
    down = Descent(job.root.top)
    total = sum(entry.size for entry in unsaved.values())
    with store.ingest() as ingest, progress.step(f"keeping edits of {os.fsdecode(job.root.path)}", total) as step:
        files: list[Source] = [
            WorkFile(down, relative(job.root, path), path, entry.size)
            for path, entry in sorted(unsaved.items())
            if entry.kind != "link"
        ]
        for _stored in ingest.add_files(files, step):
            pass
        for path, entry in unsaved.items():
            if entry.kind == "link":
                ingest.add(down.target(relative(job.root, path)))
    return len(unsaved)


@frozen
class CarriedOut:
    """What is not as it was decided; paths below the root."""

    edited: Sequence[bytes]  # since it was looked at: it stays as it is
    lost: Mapping[bytes, GitDataError]  # the store has not got it after all, and why


def carry_out(job: RootChanges, store: Store, state: State, progress: Progress = SILENT) -> CarriedOut:
    """Delete, then create directories, then write files, links last; then bring the stat cache up to date.

    What was edited since it was looked at and is what it shall be by now is not told.
    Raises `Incomplete` naming what could not be written; everything else is then done.
    """
    outcome = Outcome()
    with disk_errors(os.fsdecode(job.root.path)):
        _delete(job, outcome)
        made = _make_directories(job, outcome)
        write_files(job, made, store, progress, outcome)
        write_links(job, store, outcome)
    _update_rows(job, state, outcome)
    if outcome.problems:
        names = "; ".join(sorted(outcome.problems))
        raise Incomplete(f"could not write all of {os.fsdecode(job.root.path)}: {names}")
    edited = [path for path in sorted(set(outcome.edited)) if entry_of(job.root, path) != job.target.get(path)]
    return CarriedOut(edited, outcome.lost)


def take_away(job: RootChanges) -> list[bytes]:
    """Carry out the deletions alone, and remove the root itself when nothing is left in it.

    Returns what was edited since it was looked at, and stays.
    """
    outcome = Outcome()
    with disk_errors(os.fsdecode(job.root.path)):
        _delete(job, outcome)
        parent, name = places.split(job.root.path)
        _in_directory(job.root.top, parent, places.Place.remove_directory, [name])
    return sorted(outcome.edited)


def edited(job: RootChanges) -> bool:
    """Whether something that is to be replaced or removed is not what it was when that was decided."""
    for parent, paths in _by_directory(job.root, {**job.changes.overwritten, **job.changes.delete}).items():
        with contextlib.suppress(FileNotFoundError), places.directory(job.root.top, parent) as place:
            for path in paths:
                before = job.before(path)
                if before is not None and not is_still(place.descriptor, _name(job.root, path), before):
                    return True
    return False


def _delete(job: RootChanges, outcome: Outcome) -> None:
    top, changes = job.root.top, job.changes
    for parent, paths in _by_directory(job.root, job.leftovers).items():
        _in_directory(top, parent, places.Place.discard, [_name(job.root, path) for path in paths])
    # Also what stands in the way: a file where a directory goes, an empty directory where a file goes.
    gone = set(changes.delete)
    gone |= {
        path
        for path, entry in changes.overwritten.items()
        if path in changes.write and (entry.kind == "dir") != (changes.write[path].kind == "dir")
    }
    if not gone:
        return
    needed = parents(job.target) | {path for path, entry in job.target.items() if entry.kind == "dir"}
    files, directories = [], {path for path in parents(gone) if path not in needed}
    for path in gone:
        entry = changes.delete.get(path) or changes.overwritten[path]
        if entry.kind == "dir":
            directories.add(path)
        else:
            files.append(path)
    for parent, paths in _by_directory(job.root, files).items():
        _remove(job, parent, paths, outcome)
    for path in sorted(directories, key=lambda path: path.count(b"/"), reverse=True):
        parent, name = places.split(relative(job.root, path))
        _in_directory(top, parent, places.Place.remove_directory, [name])


def _remove(job: RootChanges, parent: bytes, paths: Sequence[bytes], outcome: Outcome) -> None:
    left = list(paths)
    try:
        with places.directory(job.root.top, parent) as place:
            while left:
                path = left.pop()
                before = job.before(path)
                if before is not None and not place.remove(_name(job.root, path), before):
                    outcome.edited.append(path)
    except FileNotFoundError:
        pass  # the whole directory is gone already
    except UnsafeName:  # something else stands in its place
        outcome.edited.extend(left)


def _in_directory(
    top: bytes, parent: bytes, action: Callable[[places.Place, bytes], None], names: Sequence[bytes]
) -> None:
    # The whole directory may be gone already, or something else in its place.
    with contextlib.suppress(FileNotFoundError, UnsafeName), places.directory(top, parent) as place:
        for name in names:
            action(place, name)


def _make_directories(job: RootChanges, outcome: Outcome) -> set[bytes]:
    """Make the directories of the target; those that were not there and in which no other is."""
    wanted = {places.split(relative(job.root, path))[0] for path in job.changes.write}
    wanted |= {relative(job.root, path) for path, entry in job.changes.write.items() if entry.kind == "dir"}
    if b"" not in job.target:
        wanted.add(job.root.path)
        with places.directory(job.root.top, job.root.path, create=True):
            pass
    innermost = sorted(wanted - parents(wanted))
    made = {path for path in innermost if not os.path.lexists(os.path.join(job.root.top, path))}
    for path in innermost:
        try:
            with places.directory(job.root.top, path, create=True):
                pass
        except UnsafeName:
            if not path.startswith(job.root.path + b"/"):
                raise
            # A file was made there meanwhile; what goes below it finds that out for itself.
            below = path[len(job.root.path) + 1 :]
            if below in job.changes.write:
                outcome.edited.append(below)
    return made - {job.root.path}


def _update_rows(job: RootChanges, state: State, outcome: Outcome) -> None:
    # Rows of files that are gone, or that look otherwise now, say nothing wrong: they may stay.
    now = state.now_ns()
    rows: Rows = {path: (seen, blob) for path, seen, blob in outcome.written if not is_racy(seen, now, own=_aged(seen))}
    state.add_rows(job.root.pointer, rows)


def _aged(seen: Signature) -> bool:
    return seen.size >= places.LARGE


def _by_directory(root: DataRoot, paths: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Paths below the root by the directory they are in, which is relative to the top."""
    grouped: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in paths:
        grouped[places.split(relative(root, path))[0]].append(path)
    return grouped


def _name(root: DataRoot, path: bytes) -> bytes:
    return places.split(relative(root, path))[1]
