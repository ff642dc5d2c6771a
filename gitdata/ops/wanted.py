"""Wanted: the versions of data that a remote has to have before commits are pushed to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitdata.formats.pointer import Pointer
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import Introduced
from gitdata.ids import RootId
from gitdata.ops import pattern_files
from gitdata.workspace import Workspace
from gitdata.worktree import pointing


@dataclass(frozen=True, slots=True)
class Wanted:
    """One version of one pointer that the remote has to have."""

    path: bytes
    commit: str
    value: Pointer
    root: RootId
    before: RootId | None = None  # of a pattern file: the version that it replaced


def versions(place: Workspace, tips: Sequence[str], excluded: Sequence[str]) -> list[Wanted]:
    """Every distinct version in those commits, oldest first; raises `BadPointer` for one that is damaged."""
    found = git_pointers.introduced(place.git, tips, excluded)
    texts = git_pointers.read(place.git, list(dict.fromkeys(item.oid for item in found)))
    wanted: dict[RootId, Wanted] = {}
    for item in found:
        value = pointing.parse(_where(item), texts[item.oid])
        root = value.root()
        wanted.setdefault(root, Wanted(item.path, item.commit, value, root))
    for version in pattern_files.introduced(place, tips, excluded):
        root = version.value.root()
        before = RootId(version.before.id) if version.before else None
        wanted.setdefault(root, Wanted(version.item.path, version.item.commit, version.value, root, before))
    return list(wanted.values())


def _where(item: Introduced) -> bytes:
    return item.path + b" in commit " + item.commit[:12].encode()
