"""Diff: which files differ between two versions, or between one and the work tree."""

import os
from collections.abc import Iterator, Mapping, Sequence

from gitdata.errors import GitFailed, NotARepository, UsageError
from gitdata.formats.pathspec import read_word
from gitdata.ops.looking.work_tree import InWorkTree, changes_to, content, work_tree
from gitdata.ops.versions.changes import Change, changes
from gitdata.ops.versions.finding import below_top, paths_of
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import NOTHING, Version, at_revision, is_revision, resolved, staged
from gitdata.values import field, frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace


@frozen
class Sides:
    """What is compared."""

    before: Version
    after: Version | None  # None: the work tree
    paths: tuple[bytes, ...] = ()  # relative to the top; all when there are none


@frozen
class Diff:
    """What differs."""

    before: str  # the names of the versions
    after: str
    changes: tuple[Change, ...]  # in the order of the paths
    similar: Mapping[bytes, int] = field(default_factory=dict)  # per cent of renamed files that were edited, by path

    def similarity(self, change: Change) -> int:
        """How many per cent of its bytes a renamed file has kept."""
        return self.similar.get(change.path, 100)

    def in_work_tree(self, file: File) -> bool:
        """Whether the content of a file is in the work tree alone."""
        return isinstance(file, InWorkTree)

    def stream(self, source: Source, file: File) -> Iterator[bytes | memoryview]:
        """The content of one of its files; raises as `Source.stream` does, and `FileChanging`."""
        return content(source.place, file) if self.in_work_tree(file) else source.stream(file)

    def bring(self, source: Source, files: Sequence[File]) -> None:
        """Fetch the content of those of `files` that are not here, all in one go; raises as `Source.bring` does."""
        source.bring([file for file in files if not self.in_work_tree(file)])


def sides(place: Workspace, words: Sequence[str], paths: Sequence[str] = (), *, cached: bool = False) -> Sides:
    """What words on a command line compare, as `git diff` reads them; `paths` are those that stand behind `--`.

    Raises `GitFailed` for a revision that does not exist, `UsageError` for words that make no sense together.
    """
    revisions = list(words)
    typed = list(paths)
    if not paths:
        count = next((number for number, word in enumerate(words) if not _is_range(place, word)), len(words))
        revisions, typed = list(words[:count]), list(words[count:])
        for word in typed:
            _check_path(place, word)
    chosen = paths_of(place, typed)
    before, after = _versions(place, revisions, cached=cached)
    if after is None and place.repository.bare:
        raise NotARepository("a bare repository has no work tree to compare", "name two revisions: `A..B`")
    return Sides(before, after, chosen)


def _is_range(place: Workspace, word: str) -> bool:
    ends = _ends(word)
    return all(is_revision(place, end or "HEAD") for end in ends)


def _ends(word: str) -> tuple[str, ...]:
    for dots in ("...", ".."):
        before, found, after = word.partition(dots)
        if found and (before or after):
            return before, after
    return (word.removesuffix("^!"),) if word.endswith("^!") else (word,)


def _check_path(place: Workspace, word: str) -> None:
    """A word that is neither a revision nor the path of anything is a mistake, as it is to Git."""
    if not read_word(word).is_plain:
        return  # a pattern, as for Git
    path = below_top(place, word)
    known = staged(place)
    there = os.path.lexists(word) or path in known.files or any(pointer.data == path for pointer in known.texts)
    if path and (not there or (path not in known.files and not any(known.roots_at(path)))):
        raise GitFailed(
            f"there is no revision '{shown(word)}', and no tracked data of that name",
            "put paths of other versions behind `--`",
        )


def _versions(place: Workspace, words: Sequence[str], *, cached: bool) -> tuple[Version, Version | None]:
    if cached:
        if len(words) > 1:
            raise UsageError("`--cached` compares one revision with what is staged")
        return (at_revision(place, words[0]) if words else _head(place)), staged(place)
    if not words:
        return staged(place), None
    if len(words) == 2:
        return at_revision(place, words[0]), at_revision(place, words[1])
    if len(words) > 2:
        raise UsageError("a comparison has two sides", "name one or two revisions; paths come behind `--`")
    word = words[0]
    ends = _ends(word)
    if len(ends) == 2:
        one, other = (end or "HEAD" for end in ends)
        return at_revision(place, _base(place, one, other) if "..." in word else one), at_revision(place, other)
    if word.endswith("^!"):
        first = f"{ends[0]}^1"
        return at_revision(place, first) if is_revision(place, first) else NOTHING, at_revision(place, ends[0])
    return at_revision(place, word), None


def _head(place: Workspace) -> Version:
    return at_revision(place, "HEAD") if is_revision(place, "HEAD") else NOTHING


def _base(place: Workspace, one: str, other: str) -> str:
    ids = resolved(place, one), resolved(place, other)
    try:
        return place.git.run("merge-base", *ids).decode().split()[0]
    except GitFailed as error:
        raise GitFailed(f"{shown(one)} and {shown(other)} have no commit in common", "write A..B") from error


def diff(source: Source, compared: Sides, *, renames: bool = True) -> Diff:
    """Compare; raises as `changes` and `work_tree` do."""
    if compared.after is not None:
        found = changes(source, compared.before, compared.after, compared.paths, renames=renames)
        return Diff(compared.before.name, compared.after.name, tuple(found))
    tree = work_tree(source, compared.paths)
    found = changes_to(source, compared.before, tree, compared.paths, renames=renames)
    return Diff(compared.before.name, tree.version.name, tuple(found))
