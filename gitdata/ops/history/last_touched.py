"""Last touched: the commit that has last changed each file of a folder."""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from gitdata.ops.history.blame import Looked
from gitdata.ops.history.compared import Compared
from gitdata.ops.history.matched import ahead
from gitdata.ops.versions.changes import meant
from gitdata.ops.versions.finding import below
from gitdata.ops.versions.source import File
from gitdata.ops.versions.version import at_revision

_AHEAD = 2  # versions whose trees are fetched together at first


class LastTouched(NamedTuple):
    """A file."""

    file: File
    commit: str | None  # None: that cannot be told without what is not here


def last_touched(compared: Compared, looked: Looked) -> Iterator[LastTouched]:
    """Each file at and below the paths, in order, and the commit that `git log -1` would name for it.

    As there, a merge counts for a file when it differs from all of its parents in it.
    """
    version = at_revision(compared.place, looked.tip)
    found_below = (file for path in looked.line.paths for file in below(compared.source, version, path))
    files = {file.path: file for file in found_below if meant(file.path, looked.paths)}
    compared.coming = ahead(compared, looked.line, looked.graph.commits.values(), _AHEAD)
    compared.paths = looked.line.paths
    found = _by_file(compared, looked, set(files))
    for path in sorted(files):
        yield LastTouched(files[path], found.get(path))


def _by_file(compared: Compared, looked: Looked, paths: set[bytes]) -> dict[bytes, str]:
    commits = looked.graph.commits
    found: dict[bytes, str] = {}
    pending = {looked.tip: paths}
    queue = [(-commits[looked.tip].time, looked.tip)]
    while queue:
        _time, oid = heapq.heappop(queue)
        left = pending.pop(oid, set())
        if not left:
            continue
        for parent in commits[oid].parents:
            changed = _changed(compared, looked, oid, parent)
            if changed is None:
                left = set()  # nobody can tell
                break
            same = left - changed
            if same:
                left &= changed
                known = pending.setdefault(parent, set())
                heapq.heappush(queue, (-commits[parent].time, parent))
                if len(known) < len(same):  # the larger one stays as it is
                    pending[parent], known, same = same, same, known
                known |= same
        found.update(dict.fromkeys(left, oid))
    return found


def _changed(compared: Compared, looked: Looked, oid: str, parent: str) -> set[bytes] | None:
    """The files in which a commit differs from a parent; None when nobody can tell."""
    line = looked.line
    if all(line.same(oid, parent, path) for path in line.paths):
        return set()
    found = compared.changes(compared.roots(line, parent, oid, b""), looked.paths)
    return None if found is None else {one.after.path for one in found if one.after is not None}
