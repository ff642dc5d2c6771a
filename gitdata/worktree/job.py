"""What is to be done to one data root."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitdata.formats.tree import Listing
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.merging import Changes


@dataclass(frozen=True, slots=True)
class Job:
    """One data root and what is to change in it."""

    root: DataRoot
    changes: Changes
    target: Listing
    leftovers: Sequence[bytes] = ()  # what an earlier run that was killed has not finished


def relative(root: DataRoot, path: bytes) -> bytes:
    """A path below the root as one relative to the top of the work tree."""
    return root.path + b"/" + path if path else root.path
