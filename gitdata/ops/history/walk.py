"""Walk: the commits that changed a path, found as git-log(1) finds them: newest first, history simplified."""

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gitdata.git.graph import Commit
from gitdata.ops.history.timeline import Timeline


class Step(NamedTuple):
    """A commit that changed what is followed."""

    commit: Commit
    timeline: Timeline  # that the commit and its parents are to be looked up in
    source: bytes | None = None  # in its parent the path was this one


Follow = Callable[[Timeline, Commit], tuple[Timeline, bytes] | None]
"""Where a path that is new in a commit was before: the timeline of that path, and the path."""


Alike = Callable[[Timeline, str | None, str], bool]
"""Whether two commits have the same of what is followed; of the second alone, whether it has nothing of that."""


def _same(line: Timeline, one: str | None, other: str) -> bool:
    if one is None:
        return not any(line.there(other, path) for path in line.paths)
    return all(line.same(one, other, path) for path in line.paths)


def walk(start: Timeline, follow: Follow | None = None, alike: Alike = _same) -> Iterator[Step]:
    """The commits that changed any of the paths of `start`, newest first.

    A merge counts when it differs from all of its parents; where it is as one of them, the others are not looked at
    (git-log(1), "History Simplification"). With `follow` (of one path) it goes on with the path before a rename.
    """
    queue: list[tuple[int, int, str, Timeline]] = []
    seen: set[tuple[str, tuple[bytes, ...]]] = set()
    count = 0

    def add(oid: str, line: Timeline) -> None:
        nonlocal count
        if (oid, line.paths) not in seen:
            seen.add((oid, line.paths))
            heapq.heappush(queue, (-line.graph.commits[oid].time, count, oid, line))
            count += 1

    for tip in start.graph.tips:
        add(tip, start)
    while queue:
        _time, _count, oid, line = heapq.heappop(queue)
        commit = line.graph.commits[oid]
        inside = [parent for parent in commit.parents if parent in line.graph.commits]
        same = next((parent for parent in inside if alike(line, parent, oid)), None)
        if same is not None:
            add(same, line)
            continue
        before = None
        if _changed(line, commit, inside, alike):
            if follow is not None and _is_new(line, commit):
                before = follow(line, commit)
            yield Step(commit, line, before[1] if before is not None else None)
        for parent in inside:
            add(parent, line if before is None else before[0])


def _changed(line: Timeline, commit: Commit, inside: list[str], alike: Alike) -> bool:
    """Whether a commit that is as none of its parents `inside` the history counts."""
    if inside:
        return True
    if commit.parents:  # they were left out
        return not all(alike(line, parent, commit.id) for parent in commit.parents)
    return not alike(line, None, commit.id)


def _is_new(line: Timeline, commit: Commit) -> bool:
    path = line.paths[0]
    held = line.held(commit.id, path)
    return held is not None and held.entry is not None and not any(line.there(one, path) for one in commit.parents)
