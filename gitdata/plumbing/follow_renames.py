"""Let data go where pointers went that are not in the work tree any more, and say so in a line each."""

import os

from gitdata import terminal
from gitdata.wording import some_of
from gitdata.workspace import Workspace


def follow_renames(place: Workspace, *, wait: bool = True, tell_kept: bool = True) -> None:
    """Settle and tell the person; raises `Locked` when another process is at work and `wait` is false."""
    if place.state.held():
        from gitdata.ops.following import take_back

        for path, count in take_back.take_back(place, wait=wait, progress=terminal.progress()).items():
            terminal.tell(f"{_name(path)}: {terminal.count(count, 'file')} brought back, which Git has taken away")
    known = (*place.state.known(), *place.state.unfinished())
    if all(os.path.lexists(place.root(path).pointer_full) for path in known):
        return  # nothing below is loaded: Git waits
    from gitdata.ops.following import follow_renames as operation

    done = operation.follow_renames(place, wait=wait, progress=terminal.progress())
    for old, new in done.renamed:
        terminal.tell(f"{_name(old)} is {_name(new)} now, like its pointer")
    for path in done.removed:
        terminal.tell(f"{_name(path)} is gone with its pointer; any commit that has the pointer brings it back")
    for given in done.given:
        terminal.tell(
            f"Git itself tracks {_name(given.pointer)} here; any commit that has its pointer brings back the data"
        )
        if given.stay:
            names = some_of(given.stay, os.fsdecode)
            terminal.tell(f"{names} {'stays' if len(given.stay) == 1 else 'stay'}: no version has recorded that")
    for path in done.kept if tell_kept else ():
        terminal.tell(f"{_name(path)} stays although its pointer is gone: it is not as it was recorded")


def _name(pointer: bytes) -> str:
    return os.fsdecode(pointer.removesuffix(b".gitdata"))
