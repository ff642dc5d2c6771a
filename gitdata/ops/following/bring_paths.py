"""Bring paths: files outside of the part that a work tree takes, written into it for once on a person's word."""

import os
from collections.abc import Sequence

from gitdata.errors import NotTracked
from gitdata.ops.following.moved import Materialised, Moved
from gitdata.ops.following.write_out import without, write_out
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.fetch_paths import at_and_below
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import materialise as writing
from gitdata.worktree import pointer_files
from gitdata.worktree.entries import below
from gitdata.worktree.merging import Changes
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.snapshot import described


def bring_paths(place: Workspace, paths: Sequence[bytes], progress: Progress = SILENT) -> Materialised:
    """Write what is left out at and below `paths` (from the top), of data that is what its pointer says.

    From then on such a file counts like any other that is here. Raises `NotTracked` for a path below a data root at
    which its version has nothing, before anything is written.
    """
    done: list[Moved] = []
    with progress.step("bringing files"), place.state.locked(), place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        chosen: list[tuple[bytes, bytes, RootChanges]] = []
        for pointer in roots(place).pointers:
            root, text = place.root(pointer), place.state.base(pointer)
            asked = [path for path in paths if path == root.path or path.startswith(root.path + b"/")]
            here = pointer_files.read(root)
            if (
                not asked
                or root.within is None
                or text is None
                or here is None
                or not place.state.agrees(pointer, here)
            ):
                continue
            target = supply.listing(Need(pointer, pointer_files.parse(pointer, text)))
            for path in asked:
                nothing = path != root.path and not at_and_below(target, root.path, [path])
                if nothing and not os.path.lexists(below(root.top, path)):
                    raise NotTracked(f"{shown(path)} is not in the version that is checked out", "see `git data ls`")
            wanted = at_and_below(target, root.path, asked)
            missing = {name: entry for name, entry in wanted.items() if root.within.left_out(name, entry)}
            missing = {name: entry for name, entry in missing.items() if not os.path.lexists(below(root.full, name))}
            if missing:
                job = RootChanges(root, Changes(missing, {}, {}, [], []), target, described({}))
                chosen.append((pointer, text, job))
        for pointer, text, job in chosen:
            done.append(_bring(place, supply, Need(pointer, pointer_files.parse(pointer, text)), job))
        if done:
            place.state.unset_looked()
    return Materialised(tuple(done), supply.amount)


def _bring(place: Workspace, supply: Supply, need: Need, whole: RootChanges) -> Moved:
    missing = whole.changes.write
    absent = dict(supply.files(need, missing))
    job = RootChanges(whole.root, without(whole.changes, absent), missing, whole.seen)
    writing.check(job, supply.store)
    out = write_out(supply, need, job, place.state)
    absent |= out.lost
    error = supply.absent(need, absent, missing) if absent else None
    written = len(missing) - len(absent) - len(out.edited)
    return Moved(need.path, written, conflicts=tuple(out.edited), error=error)
