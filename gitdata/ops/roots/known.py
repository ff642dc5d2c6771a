"""Roots: the data roots that this work tree has, and the pointers that are refused as such."""

from gitdata.errors import UnsafeName
from gitdata.formats.pointer_path import refusal
from gitdata.git import roots as git_roots
from gitdata.git.pointers import Named
from gitdata.workspace import Workspace
from gitdata.worktree.data_root import obstacle


def roots(place: Workspace) -> Named:
    """The pointers in the index whose data can lie in this work tree; the others are refused, each with the reason.

    What is refused is neither written nor recorded nor taken away, and keeps nobody from working with the rest.
    """
    found = git_roots.in_index(place.git, ignore_case=place.config.boolean("core.ignorecase", default=False))
    refused: dict[bytes, UnsafeName] = dict(found.refused)
    for path in found.pointers:
        if (why := obstacle(place.root(path))) is not None:
            refused[path] = refusal(path, why, "move that out of the way")
    if len(refused) == len(found.refused):
        return found
    return Named({path: staged for path, staged in found.pointers.items() if path not in refused}, refused)
