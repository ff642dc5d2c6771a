"""Bring new: all the data of a pointer into a work tree where nothing of it is, as in a new clone."""

import os

from gitdata.errors import GitDataError
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.fresh import Survey, entry_in, write_new
from gitdata.worktree.materialise import carry_out
from gitdata.worktree.merging import Changes
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.scan import Scan
from gitdata.worktree.snapshot import Snapshot


@frozen
class Brought:
    """What came."""

    written: int  # files and links
    edited: tuple[bytes, ...] = ()  # paths below the root at which somebody has put something else meanwhile
    error: GitDataError | None = None  # names what cannot be had


def bring_new(place: Workspace, supply: Supply, need: Need, text: bytes) -> Brought:
    """Fetch a version in tree form and write it, where nothing is; the caller holds the lock and records the base.

    Everything is looked at before the first file is written. Raises what fetching and writing raise.
    """
    root, state, store = place.root(need.path), place.state, supply.store
    version = need.value.root()
    survey = Survey(root, aim=place.aim(root))
    why = supply.whole(need, survey)
    pointer_files.refuse_other(need.value, survey.files, survey.size)
    survey.check_room()
    gone = entry_in(version, store, set(why), survey.aim) if why else {}
    absent = {path: why[entry.id] for path, entry in gone.items()}
    if place.part is not None:
        place.part.begin(need.path, root.path)
    state.begin(need.path, text)
    done = write_new(survey, version, store, state, supply.progress)
    edited = set(done.edited)
    left = {path: entry for path, entry in done.entries.items() if path not in absent}
    if left:
        # It turned out to be damaged here: it is fetched, and written then.
        absent |= supply.files(need, left)
        rest = {path: entry for path, entry in left.items() if path not in absent}
        job = RootChanges(root, Changes(rest, {}, {}, [], []), rest, Snapshot(False, {}, Scan(), 0))
        again = carry_out(job, store, state, supply.progress)
        edited |= set(again.edited)
        absent |= again.lost
    error = supply.absent(need, absent, {**gone, **done.entries}) if absent else None
    return Brought(survey.chosen - len(absent) - len(edited), tuple(sorted(edited)), error)


def is_new(root: DataRoot, need: Need) -> bool:
    """Whether nothing is there yet of a version that is known by its trees."""
    return need.value.tree_root is not None and not os.path.lexists(root.full)
