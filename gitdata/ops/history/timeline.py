"""Timeline: which version of some paths of data each commit has."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from gitdata.errors import UnsafeName
from gitdata.formats.pointer import FILE_LIMIT, data_path, file_entry
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.formats.tree import Entry
from gitdata.git import graph as git_graph
from gitdata.git import patterns
from gitdata.git.graph import Graph, Versions
from gitdata.git.listing import above
from gitdata.git.texts import Texts
from gitdata.ops.history.inside import Inside
from gitdata.ops.versions.version import within
from gitdata.values import field, mutable
from gitdata.workspace import Workspace


class Held(NamedTuple):
    """A path of data in one version of a pointer."""

    pointer: bytes  # its path, or that of a pattern file
    oid: str
    inside: bytes  # below the data of the pointer
    entry: Entry | None


@mutable
class Timeline:
    """Versions of the files of Git that stand for data at, around and below `paths` (relative to the top; b"": all)."""

    graph: Graph
    inside: Inside
    paths: tuple[bytes, ...]
    files: list[bytes]  # those files of Git: pointers and pattern files
    versions: dict[str, Versions]  # of each commit, in their order
    together: int | None = None  # of how many versions trees are fetched at first, then of twice as many; None: of all
    _ahead: dict[tuple[int, bytes], "_Ahead"] = field(default_factory=dict)
    _around: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict)
    _below: dict[bytes, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.paths:
            self._around[path] = [
                (number, path[len(data_path(file)) + 1 :])
                for number, file in enumerate(self.files)
                if (path and within(path, data_path(file)))
            ]
            self._below[path] = [
                number
                for number, file in enumerate(self.files)
                if data_path(file) != path and within(data_path(file), path)
            ]

    @property
    def known(self) -> bool:
        """Whether any commit has, or had, data there."""
        return any(oid is not None for versions in self.versions.values() for oid in versions)

    @property
    def commits(self) -> Iterator[str]:
        """All commits of which versions are known, children before their parents."""
        yield from self.graph.commits
        yield from (commit for commit in self.versions if commit not in self.graph.commits)

    def held(self, commit: str, path: bytes) -> Held | None:
        """What a commit has at `path`, one of the paths, when that is data or lies in it; None when it is not."""
        versions = self.versions[commit]
        for number, inside in self._around[path]:
            oid = versions[number]
            if oid is not None:
                if inside:
                    self._bring(number, inside, oid)
                return Held(self.files[number], oid, inside, self.inside.entry(oid, inside))
        return None

    def there(self, commit: str, path: bytes) -> bool:
        """Whether a commit has any data at or below `path`."""
        held = self.held(commit, path)
        return (held is not None and held.entry is not None) or any(
            self.versions[commit][number] is not None for number in self._below[path]
        )

    def same(self, one: str, other: str, path: bytes) -> bool:
        """Whether two commits have the same data at and below `path`."""
        mine, theirs = self.versions[one], self.versions[other]
        if mine is theirs:
            return True
        if any(mine[number] != theirs[number] for number in self._below[path]):
            return False
        if all(mine[number] == theirs[number] for number, _inside in self._around[path]):
            return True
        held = self.held(one, path), self.held(other, path)
        entries = [None if item is None else item.entry for item in held]
        return self.inside.same(entries[0], entries[1])

    def _bring(self, number: int, inside: bytes, oid: str) -> None:
        """Fetch the trees that tell what a version has at `inside`, and those of the versions that follow."""
        ahead = self._ahead.get((number, inside))
        if ahead is None:
            oids = dict.fromkeys(self.versions[commit][number] for commit in self.commits)
            ahead = self._ahead[number, inside] = _Ahead([one for one in oids if one is not None], self.together)
        if oid not in ahead.passed:
            self.inside.bring(((one, self.files[number]) for one in ahead.next(oid)), inside)


class _Ahead:
    """The versions of a pointer, newest first, and which of them were looked into."""

    def __init__(self, oids: list[str], together: int | None) -> None:
        self._oids, self._together = oids, together or len(oids)
        self._places = {oid: place for place, oid in enumerate(oids)}
        self.passed: set[str] = set()

    def next(self, oid: str) -> list[str]:
        """This one and those behind it that are to be looked into together with it."""
        start = self._places[oid]
        some = [one for one in self._oids[start : start + self._together] if one not in self.passed]
        self._together *= 2
        self.passed.update(some)
        return some


def mended(line: Timeline) -> Timeline:
    """The same, with commits whose pointer is damaged (by conflict markers, say) as the ones before them."""
    numbers = [
        number
        for number, file in enumerate(line.files)
        if isinstance(checked(file), PointerPath) and any(_concerns(file, path) for path in line.paths)
    ]
    distinct = {id(versions): versions for versions in line.versions.values()}.values()
    oids = {oid for versions in distinct for number in numbers if (oid := versions[number]) is not None}
    damaged = {oid for oid in oids if line.inside.is_damaged(oid)}
    if not damaged:
        return line
    versions = dict(line.versions)
    for commit in reversed(line.graph.commits.values()):
        if not damaged.isdisjoint(versions[commit.id]):
            before = versions[commit.parents[0]] if commit.parents else (None,) * len(line.files)
            versions[commit.id] = tuple(
                was if oid in damaged else oid for oid, was in zip(versions[commit.id], before, strict=True)
            )
    return Timeline(line.graph, line.inside, line.paths, line.files, versions, line.together)


def _concerns(file: bytes, path: bytes) -> bool:
    return within(path, data_path(file)) or within(data_path(file), path)


def timeline(
    place: Workspace, graph: Graph, inside: Inside, paths: Sequence[bytes], together: int | None = None
) -> Timeline:
    """The versions of data at `paths` in the commits of `graph`.

    Trees that are missing on the way are fetched when one is looked into: those of all versions, or of `together` ones.
    """
    files = sorted(set(chain.from_iterable(map(_around, paths))))
    below = [path for path in paths if not path or not _is_in(place, graph, path)]
    if below:
        specs = [*map(_pointers_below, below), *patterns.in_commits(place.git, graph.tips)]
        found = git_graph.changed_paths(place.git, graph, specs)
        files = sorted({*files, *(path for path in found if _stands_for_data(path) and _meant(path, below))})
    versions = git_graph.versions_of(place.git, graph, files)
    versions = _only_pointers(place, files, versions)
    return Timeline(graph, inside, tuple(paths), files, versions, together)


def _is_in(place: Workspace, graph: Graph, path: bytes) -> bool:
    """Whether the path is a file or folder of data in the newest commit: then nothing stands below it."""
    found = git_graph.at_commits(place.git, graph.tips, [file for file in _around(path) if file != path])
    return bool(found) and all(any(versions) for versions in found.values())


def _around(path: bytes) -> Iterator[bytes]:
    """The files of Git that would hold `path`: pointers of it and of the folders that it lies in, and itself."""
    for folder in [*above(path), path] if path else ():
        try:
            yield PointerPath.of_data(folder)
        except UnsafeName:
            continue
    if path:
        yield path


def _pointers_below(path: bytes) -> str:
    folder = b"".join(b"\\%c" % byte if byte in b"*?[\\" else b"%c" % byte for byte in path)
    return os.fsdecode(b":(top,glob)" + (folder + b"/" if folder else b"") + b"**/*.gitdata")


def _stands_for_data(path: bytes) -> bool:
    return isinstance(checked(path), PointerPath) or patterns.is_pattern_file(path)


def _meant(file: bytes, paths: Iterable[bytes]) -> bool:
    return any(within(data_path(file), path) for path in paths)


def _only_pointers(place: Workspace, files: Sequence[bytes], versions: dict[str, Versions]) -> dict[str, Versions]:
    """Without the contents that Git itself has at the paths of pattern files."""
    numbers = [number for number, file in enumerate(files) if not isinstance(checked(file), PointerPath)]
    if not numbers:
        return versions
    distinct = {id(found): found for found in versions.values()}
    oids = {oid for found in distinct.values() for number in numbers if (oid := found[number]) is not None}
    texts = Texts(place.git, dict.fromkeys(oids, FILE_LIMIT))
    good = {oid for oid, text in texts.items() if file_entry(text) is not None}
    if good == oids:
        return versions
    kept: dict[int, Versions] = {}
    for key, found in distinct.items():
        mended = list(found)
        for number in numbers:
            if mended[number] not in good:
                mended[number] = None
        kept[key] = tuple(mended)
    return {commit: kept[id(found)] for commit, found in versions.items()}
