"""The versions of data that a remote has to have before commits are pushed to it."""

from collections.abc import Sequence

from gitdata.formats.pointer import Pointer
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import Introduced, tip_commits
from gitdata.ids import RootId
from gitdata.ops.patterns import pattern_files
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Needed:
    """One version of one pointer that the remote has to have."""

    path: bytes
    commit: str
    value: Pointer
    root: RootId
    before: RootId | None = None  # of a pattern file: the version that it replaced
    replaced: str | None = None  # of a pointer: the object id of the text that it replaced, if that is known


@frozen
class InCommits:
    """What a range of commits has to do with data."""

    versions: list[Needed]  # every distinct one, oldest first
    plain: dict[bytes, str]  # paths and ids of files that a pattern names while Git has their content


def needed_versions(place: Workspace, tips: Sequence[str], excluded: Sequence[str]) -> InCommits:
    """What the commits reachable from `tips` and not from `excluded` need; `BadPointer` for one that is damaged."""
    found = git_pointers.introduced(place.git, tips, excluded)
    texts = git_pointers.read(place.git, list(dict.fromkeys(item.oid for item in found)))
    versions: dict[RootId, Needed] = {}
    never = {item.oid for item in found if is_unrecorded(texts[item.oid])}
    if never:  # by a Git without the filter; where a later commit has mended it, it keeps nobody from pushing
        at_tips = {
            oid for commit in tip_commits(place.git, tips) for oid in git_pointers.at(place.git, commit).values()
        }
        found = [item for item in found if item.oid not in never - at_tips]
    for item in found:
        value = pointer_files.parse(_where(item), texts[item.oid])
        root = value.root()
        versions.setdefault(root, Needed(item.path, item.commit, value, root, replaced=item.before))
    by_pattern = pattern_files.introduced(place, tips, excluded)
    for version in by_pattern.versions:
        root = version.value.root()
        before = RootId(version.before.id) if version.before else None
        versions.setdefault(root, Needed(version.item.path, version.item.commit, version.value, root, before))
    return InCommits(list(versions.values()), by_pattern.plain)


def _where(item: Introduced) -> bytes:
    return item.path + b" in commit " + item.commit[:12].encode()
