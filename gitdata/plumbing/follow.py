"""After Git moved pointers: find out whether data has to follow."""

import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from gitdata import terminal, workspace
from gitdata.errors import GitDataError, NotARepository
from gitdata.ops.following.outdated import outdated
from gitdata.ops.roots.known import roots
from gitdata.plumbing.put_back import put_back
from gitdata.workspace import Workspace

_CLOCK_TICK_NS = 20_000_000


def follow(
    *, unless_told_since_ns: int | None = None, written: frozenset[bytes] = frozenset(), careful: bool = False
) -> GitDataError | None:
    """Bring the data that is behind its pointer; return what went wrong after telling the person.

    A clone that only has the filter from the user's global configuration is set up first.
    With `unless_told_since_ns`, when this Git command began, nothing is done when one of its hooks was
    here before; `written` are pointers that it may have put into the work tree since: their data comes
    back even if it was taken away on purpose before.
    With `careful`, data with edits that stand against its pointer is left to a command that can fail.
    """
    try:
        place = workspace.here()
    except NotARepository:
        return None  # `git archive` in a bare repository smudges too
    if unless_told_since_ns is not None and place.state.told_since(unless_told_since_ns):
        return None
    if place.initialised:
        from gitdata.plumbing.follow_renames import follow_renames

        follow_renames(place)
    found = roots(place)
    refused = [found.refused[path] for path in sorted(written & found.refused.keys())]
    terminal.fail_each(refused, "are not taken for pointers")
    paths = list(found.pointers)
    if not paths:
        return None  # pattern files are the filter's matter
    if not place.initialised:
        from gitdata.ops.setting_up import initialise

        initialise.set_up(place)
        place = workspace.here()
    put_back(place)
    if place.state.missed:
        store_missed(place, paths)
        place.state.caught_up()
    left = outdated(place, paths)
    back: set[bytes] = set()
    if unless_told_since_ns is not None:
        again = written & set(paths) - set(left)
        back = _crossed(place, again)
        left += sorted(path for path in again if path in back or _is_back(place, path, unless_told_since_ns))
    if not left:
        place.state.untell()
        return None
    from gitdata.plumbing.bring import bring

    return bring(place, left, careful=careful, back=back)


def _crossed(place: Workspace, paths: AbstractSet[bytes]) -> set[bytes]:
    if not paths:
        return set()
    from gitdata.ops.following.crossing import came_back

    return came_back(place, paths)


def _is_back(place: Workspace, path: bytes, began_ns: int) -> bool:
    """Whether Git wrote this pointer since then and its data is not here at all."""
    root = place.root(path)
    try:
        written_ns = os.lstat(root.pointer_full).st_ctime_ns
    except FileNotFoundError:
        return False
    return written_ns >= began_ns - _CLOCK_TICK_NS and not os.path.lexists(root.full)


def store_missed(place: Workspace, paths: Iterable[bytes]) -> None:
    """Store what Git's commands have put into pointers while git-data was away; tell what could not be."""
    from gitdata.ops.recording.store_named import store_missed

    for error in store_missed(place, paths):
        terminal.fail(error)
