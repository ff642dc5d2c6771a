"""Log: the versions of a file, a folder or all data: which commits made them, and what they did."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from gitdata.errors import GitFailed, NotTracked
from gitdata.formats.pathspec import Pathspec
from gitdata.formats.pointer import data_path
from gitdata.git.commit_facts import Facts, facts
from gitdata.git.graph import Graph, read_graph
from gitdata.ops.history.bringing import Pair
from gitdata.ops.history.compared import Compared
from gitdata.ops.history.inside import Inside, is_known
from gitdata.ops.history.matched import Matched, ahead
from gitdata.ops.history.renames import Renames
from gitdata.ops.history.timeline import Timeline, timeline
from gitdata.ops.history.walk import Step, walk
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import Source
from gitdata.values import field, frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace

_TOGETHER = 64  # commits of which is asked what they say

What = Literal["added", "deleted", "changed", "renamed", "unknown"]


@frozen
class Wanted:
    """Which commits, and what of them."""

    revisions: tuple[str, ...] = ()  # none: HEAD
    paths: tuple[bytes, ...] = ()  # relative to the top, or a `Pathspec`; none: all data
    most: int | None = None
    choice: tuple[str, ...] = ()  # more words of git-log(1) by which commits are chosen
    reverse: bool = False
    first_parent: bool = False
    follow: bool = True  # the name of a single file through renames
    files: bool = False  # each file of a folder is wanted


@frozen
class Touched:
    """A file, a folder or a data root that a commit has changed."""

    path: bytes
    what: What
    was: bytes | None = None  # its path before, of what was renamed
    before: int | None = None  # bytes; None: it was not there, or nobody can tell
    after: int | None = None
    files: tuple["Touched", ...] | None = None  # of a folder or root: what has changed in it; None: that is not known


@frozen
class Logged:
    """A commit, and what it did to the data."""

    facts: Facts
    touched: tuple[Touched, ...]
    merge: bool = False  # it has several parents, and was compared with none of them


@frozen
class Result:
    """The commits, newest first unless asked for otherwise, and what could not be looked into until then."""

    commits: Iterator[Logged]
    unknown: set[str] = field(default_factory=set)  # ids of pointers whose trees are not here


def log(place: Workspace, source: Source, inside: Inside, wanted: Wanted) -> Result:
    """The commits that changed data at and below the paths, as git-log(1) finds them.

    Raises `GitFailed` for a revision that does not exist, `NotTracked` for a path at which no commit has data, and
    what fetching trees raises.
    """
    graph = read_graph(place.git, wanted.revisions, first_parent=wanted.first_parent)
    if not graph.tips and not wanted.revisions:
        raise GitFailed("there is no commit yet", "make one: `git commit`")
    # One more than wanted: to tell that a commit changed something its parent is looked into, too.
    together = wanted.most + 1 if wanted.most is not None else None
    line = timeline(place, graph, inside, wanted.paths or (b"",), together)
    for path in wanted.paths:
        _refuse_untracked(place, line, path)
    looked = _Looked(place, source, inside, _matched(place, source, line, wanted.paths, together))
    if looked.matched is not None:
        steps = walk(line, alike=looked.matched.alike)
    else:
        alone = wanted.paths[0] if len(wanted.paths) == 1 and wanted.follow else None
        renames = Renames(place, source, inside, graph, together)
        steps = walk(line, renames.before if alone is not None and _is_file(line, alone) else None)
    found = _chosen(looked, steps, wanted)
    return Result((_logged(one.compared, looked.matched, one, graph) for one in found), inside.unknown)


@frozen
class _Looked:
    """What is looked into."""

    place: Workspace
    source: Source
    inside: Inside
    matched: Matched | None  # where paths are a `Pathspec`


class _Found(NamedTuple):
    """A commit that is to be shown."""

    step: Step
    said: Facts
    compared: Compared  # it, and those that are looked at together with it


def _matched(
    place: Workspace, source: Source, line: Timeline, paths: Sequence[bytes], together: int | None
) -> Matched | None:
    if not isinstance(paths, Pathspec):
        return None
    compared = Compared(place, source, line.inside)
    coming = ahead(compared, line, line.graph.commits.values(), together)
    return Matched(Compared(place, source, line.inside, coming, paths), paths)


def _refuse_untracked(place: Workspace, line: Timeline, path: bytes) -> None:
    if any(line.there(commit, path) for commit in line.commits):
        return
    name = shown(path)
    specs = f":(top,literal){path.decode(errors='surrogateescape')}"
    if line.graph.tips and place.git.run("log", "--max-count=1", "--format=%h", *line.graph.tips[:1], "--", specs):
        raise NotTracked(f"{name} is no data in these commits: Git itself has it", "see `git log`")
    raise NotTracked(f"no commit has data at {name}", "see `git data ls`, or `git data log --all`")


def _is_file(line: Timeline, path: bytes) -> bool:
    """Whether the newest version there is of a path is a file."""
    for commit in line.graph.commits:
        held = line.held(commit, path)
        if held is not None and held.entry is not None and is_known(held.entry):
            return held.entry.kind != "dir"
    return False


def _chosen(looked: _Looked, steps: Iterator[Step], wanted: Wanted) -> Iterator[_Found]:
    found = _some(looked, steps, wanted)
    return reversed(list(found)) if wanted.reverse else found


def _some(looked: _Looked, steps: Iterator[Step], wanted: Wanted) -> Iterator[_Found]:
    left = wanted.most
    while left != 0:
        number = _TOGETHER if wanted.choice or left is None else min(left, _TOGETHER)
        few = list(islice(steps, number))
        if not few:
            return
        by_commit = {step.commit.id: step for step in reversed(few)}
        commits = list(dict.fromkeys(step.commit.id for step in few))
        said = facts(looked.place.git, commits, wanted.choice)[:left]
        left = None if left is None else left - len(said)
        kept = [by_commit[one.commit] for one in said]
        compared = Compared(looked.place, looked.source, looked.inside, paths=few[0].timeline.paths)
        pairs = [pair for step in kept for pair in _folders(compared, step, first_parent=wanted.first_parent)]
        compared.coming = iter([pairs])
        yield from (_Found(step, one, compared) for step, one in zip(kept, said, strict=True))


def _folders(looked: Compared, step: Step, *, first_parent: bool) -> Iterable[Pair]:
    """The pointers that will be compared as a whole or in part; not those of which one file is wanted."""
    line, parents = step.timeline, step.commit.parents
    if len(parents) > 1 and not first_parent:
        return ()
    if all(
        (held := line.held(step.commit.id, path)) and held.entry and held.entry.kind != "dir" for path in line.paths
    ):
        return ()
    return looked.roots(line, parents[0] if parents else None, step.commit.id, b"")


def _logged(looked: Compared, matched: Matched | None, found: _Found, graph: Graph) -> Logged:
    step, said = found.step, found.said
    if len(step.commit.parents) > 1 and not graph.first_parent:
        return Logged(said, (), merge=True)
    parent = step.commit.parents[0] if step.commit.parents else None
    touched: list[Touched] = []
    if matched is not None:
        return Logged(said, tuple(_roots(looked, *matched.roots(step.timeline, parent, step.commit.id))))
    for path in step.timeline.paths:
        touched += _touched(looked, step, parent, path)
    return Logged(said, tuple(touched))


def _touched(looked: Compared, step: Step, parent: str | None, path: bytes) -> Iterator[Touched]:
    line = step.timeline
    if parent is not None and line.same(step.commit.id, parent, path):
        return
    was, now = (line.held(commit, path) if commit is not None else None for commit in (parent, step.commit.id))
    one, other = (held.entry if held is not None else None for held in (was, now))
    if (was is None and now is None) or (one is None and other is None):
        pairs = looked.roots(line, parent, step.commit.id, path)
        edited = [
            pair for pair in pairs if not pair.is_file and not (pair.was is not None and pair.before == pair.after)
        ]
        yield from _roots(looked, pairs, looked.all_of(edited))
        return
    if not is_known(one) or not is_known(other):
        yield Touched(path, "unknown")
        return
    if all(entry is None or entry.kind != "dir" for entry in (one, other)):
        before = one or (other if step.source is not None else None)  # a renamed file has the same bytes
        after = other.size if other else None
        yield Touched(path, _what(one, other, step.source), step.source, before.size if before else None, after)
        return
    found = looked.at(line, parent, step.commit.id, path)  # fetches what the sizes are added up from
    sizes = [looked.inside.total(held.oid, held.inside) if held is not None else None for held in (was, now)]
    yield Touched(
        path, _what(one, other, None), None, sizes[0] if one else None, sizes[1] if other else None, _files(found)
    )


def _what(one: object, other: object, source: bytes | None) -> What:
    if source is not None:
        return "renamed"
    return "added" if one is None else "deleted" if other is None else "changed"


def _roots(looked: Compared, pairs: Sequence[Pair], found: Sequence[Change] | None) -> Iterator[Touched]:
    """What a commit did to data roots and pattern files; a file that went from one root to another counts there.

    `found` are the files that differ in those that were edited; None: nobody can tell.
    """
    by_root: dict[bytes, list[Change]] = {}
    for change in found or ():
        file = change.after or change.before
        if file is not None:
            by_root.setdefault(file.need.path, []).append(change)
    for pair in pairs:
        before, after = (
            looked.inside.total(oid, b"") if oid is not None else None for oid in (pair.before, pair.after)
        )
        was = None if pair.was is None else data_path(pair.was)
        files: list[Change] | None = by_root.get(pair.path, []) if found is not None or pair.is_moved else None
        yield Touched(
            data_path(pair.path),
            _what(pair.before, pair.after, was),
            was,
            before,
            after,
            None if pair.is_file else _files(files),
        )


def _files(found: Iterable[Change] | None) -> tuple[Touched, ...] | None:
    if found is None:
        return None
    return tuple(
        Touched(
            one.path,
            one.what,
            one.before.path if one.what == "renamed" and one.before is not None else None,
            one.before.entry.size if one.before is not None else None,
            one.after.entry.size if one.after is not None else None,
        )
        for one in found
    )
