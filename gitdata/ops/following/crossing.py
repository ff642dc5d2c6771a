"""Crossing: data roots that come from a commit in which Git itself tracks files in their place."""

from collections.abc import Iterable

from gitdata.formats.pointer_path import PointerPath
from gitdata.git.tracked import in_commit
from gitdata.workspace import Workspace

_BEFORE = ("HEAD@{1}", "HEAD")  # where HEAD was before this Git command; where it is, when only the index has moved


def came_back(place: Workspace, pointers: Iterable[bytes]) -> set[bytes]:
    """Those of `pointers` that the last commit before, or the current one, has not, while it has files in their place.

    Git has taken those files away, as they are not in the commit that has the pointer.
    """
    roots = [PointerPath(path) for path in pointers]
    if not roots:
        return set()
    found: set[bytes] = set()
    paths = [path for root in roots for path in (root, root.data)]
    for revision in _BEFORE:
        there = in_commit(place.git, revision, paths)
        found |= {root for root in roots if root.data in there and root not in there}
    return found
