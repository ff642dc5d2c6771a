"""The versions of data that a remote has to have before commits are pushed to it."""

from collections.abc import Iterator, Mapping, Sequence

from gitdata.errors import BAD_POINTERS_HINT, BadPointer
from gitdata.formats import pointer
from gitdata.formats.pointer import Pointer
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import Introduced, tip_commits
from gitdata.git.texts import Texts
from gitdata.ids import RootId
from gitdata.ops.patterns import pattern_files
from gitdata.ops.roots.in_git import InGit, Pointers, kept
from gitdata.values import frozen
from gitdata.wording import count, shown, some_of
from gitdata.workspace import Workspace

_NAMED = 10


@frozen
class Needed:
    """One version of one pointer that the remote has to have."""

    path: bytes
    commit: str
    said: Pointer | InGit
    root: RootId
    before: RootId | None = None  # of a pattern file: the version that it replaced
    replaced: str | None = None  # of a pointer: the object id of the text that it replaced, if that is known

    @property
    def value(self) -> Pointer:
        """What the pointer says."""
        return self.said if isinstance(self.said, Pointer) else self.said.value


@frozen
class Unreadable:
    """A version of a pointer that is damaged, so that nobody can tell what it names."""

    path: bytes
    commit: str  # the first that has it
    why: str
    error: BadPointer  # the same for a person, with place and hint
    mended: bool  # no commit that was asked about has it any more


@frozen
class InCommits:
    """What a range of commits has to do with data."""

    versions: list[Needed]  # every distinct one, oldest first
    plain: dict[bytes, str]  # paths and ids of files that a pattern names while Git has their content
    unreadable: tuple[Unreadable, ...] = ()  # pointers, oldest first
    elsewhere: tuple[Needed, ...] = ()  # the same versions again, at other paths of pointers


def needed_versions(place: Workspace, tips: Sequence[str], excluded: Sequence[str]) -> InCommits:
    """What the commits reachable from `tips` and not from `excluded` need."""
    found = git_pointers.introduced(place.git, tips, excluded)
    texts = Texts(place.git, dict.fromkeys((item.oid for item in found), pointer.LIMIT))
    pointers = Pointers(texts.beginning)
    versions: dict[RootId, Needed] = {}
    elsewhere: dict[tuple[RootId, bytes], Needed] = {}
    bad: dict[str, tuple[Introduced, BadPointer]] = {}  # by object id
    for item in found:
        try:
            said = kept(pointers, item.oid)
            root = pointers[item.oid].root()
        except BadPointer as error:
            bad.setdefault(item.oid, (item, error))
            continue
        one = Needed(item.path, item.commit, said, root, replaced=item.before)
        if versions.setdefault(root, one).path != item.path:
            elsewhere.setdefault((root, item.path), one)
    by_pattern = pattern_files.introduced(place, tips, excluded)
    for version in by_pattern.versions:
        root = version.value.root()
        before = RootId(version.before.id) if version.before else None
        versions.setdefault(root, Needed(version.item.path, version.item.commit, version.value, root, before))
    unreadable = tuple(_unreadable(place, tips, bad, texts)) if bad else ()
    return InCommits(list(versions.values()), by_pattern.plain, unreadable, tuple(elsewhere.values()))


def _unreadable(
    place: Workspace, tips: Sequence[str], bad: Mapping[str, tuple[Introduced, BadPointer]], texts: Texts
) -> Iterator[Unreadable]:
    at_tips = {oid for commit in tip_commits(place.git, tips) for oid in git_pointers.at(place.git, commit).values()}
    for oid, (item, error) in bad.items():
        mended = oid not in at_tips
        # By a Git without the filter: the next commit has recorded it.
        if not (mended and is_unrecorded(texts.beginning(oid))):
            told = bad_in_commit(item.path, f"commit {item.commit[:12]}", error)
            yield Unreadable(item.path, item.commit, str(error), told, mended)


def bad_in_commit(path: bytes, commit: str, error: BadPointer) -> BadPointer:
    """The error for a pointer that is damaged in a commit, where what helps with a file of the work tree does not.

    `commit` is as a person would call it.
    """
    here_only = error.hint in (BadPointer.default_hint, pointer.MARKERS_HINT)
    hint = BAD_POINTERS_HINT if here_only else error.hint
    return BadPointer(f"{shown(path)} in {commit}: {error}", hint)


def bad_pointers(unreadable: Sequence[Unreadable]) -> BadPointer:
    """One error that names some of these pointers."""
    first = unreadable[0].error
    if len(unreadable) == 1:
        return first
    named = some_of(unreadable, lambda one: str(one.error), _NAMED)
    return BadPointer(f"{count(len(unreadable), 'pointer')} cannot be read: {named}", first.hint)
