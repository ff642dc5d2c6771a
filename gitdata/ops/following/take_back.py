"""Take back: data whose files Git itself had for a while, as in a merge that was given up, is whole again."""

import os
from collections.abc import Iterable

from gitdata.errors import GitDataError
from gitdata.formats.tree import Listing
from gitdata.git.tracked import held
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace
from gitdata.worktree import materialise as writing
from gitdata.worktree import pointer_files
from gitdata.worktree.merging import Changes
from gitdata.worktree.root_changes import RootChanges, relative
from gitdata.worktree.snapshot import described


def take_back(place: Workspace, *, wait: bool = True, progress: Progress = SILENT) -> dict[bytes, int]:
    """Bring back the files of data that Git has taken away with its own; how many, by pointer.

    Where Git still has any, and where the pointer is gone as well, nothing is done. A file that is there stays as
    it is. Raises `Locked` when another process is at work and `wait` is false.
    """
    noted = place.state.held()
    there = held(place.git, [place.root(path).path for path in noted])
    free = [path for path in noted if not there[place.root(path).path].files]
    if not free or not place.usual_index:
        return {}
    done: dict[bytes, int] = {}
    with place.state.locked(wait=wait), place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        for path in free:
            try:
                if count := _bring_back(place, supply, path, noted[path]):
                    done[path] = count
            except GitDataError:
                continue  # it cannot be had now; the next command tries again
            place.state.set_held(path, ())
    return done


def _bring_back(place: Workspace, supply: Supply, path: bytes, names: Iterable[bytes]) -> int:
    root, text = place.root(path), place.state.base(path)
    if text is None or pointer_files.read(root) is None:
        return 0
    need = Need(path, pointer_files.parse(path, text))
    target = supply.listing(need)
    aim = place.aim(root)
    missing: Listing = {
        name: target[name]
        for name in names
        if name in target
        and (aim is None or aim.holds(name))
        and not os.path.lexists(os.path.join(root.top, relative(root, name)))
    }
    if not missing:
        return 0
    supply.files(need, missing)
    job = RootChanges(root, Changes(missing, {}, {}, [], []), target, described({}))
    writing.check(job, supply.store)
    writing.carry_out(job, supply.store, place.state, supply.progress)
    place.state.unset_looked()
    return len(missing)
