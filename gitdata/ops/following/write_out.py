"""Write out: carry out what was decided for a root, and fetch what turns out to be damaged here meanwhile."""

from gitdata.ops.transfer.absent import Absent
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.values import replace
from gitdata.worktree import materialise as writing
from gitdata.worktree.materialise import CarriedOut
from gitdata.worktree.merging import Changes
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.state import State


def write_out(supply: Supply, need: Need, job: RootChanges, state: State) -> CarriedOut:
    """Carry out what was decided; what turns out to be damaged in the store meanwhile is fetched, and written then."""
    done = writing.carry_out(job, supply.store, state, supply.progress)
    if not done.lost:
        return done
    left = {path: job.changes.write[path] for path in done.lost}
    absent = supply.files(need, left)
    rest = without(replace(job.changes, write=left, delete={}), absent)
    again = writing.carry_out(replace(job, changes=rest), supply.store, state, supply.progress)
    return CarriedOut([*done.edited, *again.edited], {**absent, **again.lost})


def without(changes: Changes, absent: Absent) -> Changes:
    """`changes` but for files that cannot be had: what is in their place stays."""
    if not absent:
        return changes
    write = {path: entry for path, entry in changes.write.items() if path not in absent}
    overwritten = {path: entry for path, entry in changes.overwritten.items() if path not in absent}
    return replace(changes, write=write, overwritten=overwritten)
