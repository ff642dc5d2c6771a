"""Last touched: the commit that has last changed each file of a folder."""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from gitdata.git.graph import Commit
from gitdata.ops.history.blame import Looked
from gitdata.ops.history.bringing import bring
from gitdata.ops.history.compared import Compared
from gitdata.ops.versions.finding import below
from gitdata.ops.versions.source import File
from gitdata.ops.versions.version import at_revision

_AHEAD = 64  # commits whose trees are fetched together


class LastTouched(NamedTuple):
    """A file."""

    file: File
    commit: str | None  # None: that cannot be told without what is not here


def last_touched(compared: Compared, looked: Looked) -> Iterator[LastTouched]:
    """Each file at and below the path, in order, and the commit that `git log -1` would name for it.

    As there, a merge counts for a file when it differs from all of its parents in it.
    """
    files = {file.path: file for file in below(compared.source, at_revision(compared.place, looked.tip), looked.path)}
    found = _by_file(compared, looked, set(files))
    for path in sorted(files):
        yield LastTouched(files[path], found.get(path))


def _by_file(compared: Compared, looked: Looked, paths: set[bytes]) -> dict[bytes, str]:
    commits = looked.graph.commits
    found: dict[bytes, str] = {}
    pending = {looked.tip: paths}
    queue = [(-commits[looked.tip].time, looked.tip)]
    ahead = _Ahead(compared, looked)
    while queue:
        _time, oid = heapq.heappop(queue)
        left = pending.pop(oid, set())
        if not left:
            continue
        ahead.reach(commits[oid])
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
    if line.same(oid, parent, looked.path):
        return set()
    found = compared.at(line, parent, oid, looked.path)
    return None if found is None else {one.after.path for one in found if one.after is not None}


class _Ahead:
    """Fetches the trees of commits before they are looked into, so many at a time."""

    def __init__(self, compared: Compared, looked: Looked) -> None:
        self._compared, self._looked = compared, looked
        self._waiting = iter(looked.graph.commits.values())
        self._reached: set[str] = set()

    def reach(self, commit: Commit) -> None:
        if commit.id in self._reached:
            return
        line, path = self._looked.line, self._looked.path
        pairs, number = [], 0
        for one in self._waiting:
            self._reached.add(one.id)
            for parent in one.parents:
                if line.versions[one.id] is not line.versions[parent] and not line.same(one.id, parent, path):
                    pairs += self._compared.roots(line, parent, one.id, b"")
                    number += 1
            if number >= _AHEAD and commit.id in self._reached:
                break
        bring(self._compared.source, self._compared.inside, pairs, (path,))
