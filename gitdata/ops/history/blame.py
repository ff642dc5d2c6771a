"""Blame: which commit each line of a file is from, as git-blame(1) tells it."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from blake3 import blake3

from gitdata.errors import GitFailed, NotTracked, UnsafeName
from gitdata.formats.pathspec import Pathspec
from gitdata.git.graph import Graph, read_graph
from gitdata.git.line_origins import Line, Version, line_origins
from gitdata.ops.history.inside import Inside
from gitdata.ops.history.origins import Origin, Place, origins
from gitdata.ops.history.renames import Renames
from gitdata.ops.history.timeline import Timeline, mended, timeline
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import resolved
from gitdata.values import frozen, replace
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import places

LIMIT = 512 << 20  # bytes; what is larger is binary to Git, too (core.bigFileThreshold)
_LOOKED_AT = 8000  # bytes in which a NUL makes a file binary, as for Git


@frozen
class Blamed:
    """A line, and where it is from."""

    number: int
    commit: str | None  # None: it is not committed yet
    path: bytes  # of the file in that commit
    there: int  # the number of the line in that
    text: bytes  # without its end


@frozen
class BlamedFile:
    """What is known of a file."""

    path: bytes
    lines: tuple[Blamed, ...]
    binary: bool  # then there are no lines
    last: str  # the commit that has last changed it
    size: int  # bytes
    first: frozenset[str]  # commits that have no parents


@frozen
class Looked:
    """Data at some paths in a revision."""

    graph: Graph
    line: Timeline
    tip: str
    paths: tuple[bytes, ...]  # relative to the top, or a `Pathspec`

    @property
    def path(self) -> bytes:
        """The first path."""
        return self.line.paths[0]

    @property
    def is_file(self) -> bool:
        """Whether it is one file, or a link."""
        if len(self.paths) != 1 or isinstance(self.paths, Pathspec):
            return False
        held = self.line.held(self.tip, self.path)
        return held is not None and held.entry is not None and held.entry.kind != "dir"


def look(place: Workspace, inside: Inside, revision: str | None, paths: tuple[bytes, ...]) -> Looked:
    """What `revision` (None: HEAD) has at `paths`; raises `NotTracked` when it is no data there, `GitFailed`."""
    name = revision or "HEAD"
    graph = read_graph(place.git, [name])
    if not graph.tips:
        raise GitFailed(f"{shown(name)} is no commit", "name a commit, a branch or a tag")
    line = mended(timeline(place, graph, inside, paths, 1))
    if not any(line.there(graph.tips[0], path) for path in line.paths):
        where = shown(paths[0]) if paths[0] else "the repository"
        raise NotTracked(f"{where} has no data in {shown(name)}", "see `git data ls` and `git data log --all`")
    looked = Looked(graph, line, resolved(place, name), paths)
    if not looked.is_file:
        return looked
    # All versions of a file will be wanted; those of a folder only until every file has its commit.
    return replace(looked, line=Timeline(graph, inside, line.paths, line.files, line.versions))


@frozen
class How:
    """How a file is blamed."""

    options: Sequence[str] = ()  # words of git-blame(1)
    ignored: Collection[str] = ()  # ids of commits that are looked past
    edits: bool = False  # what the work tree has comes last


def blame_lines(place: Workspace, source: Source, inside: Inside, looked: Looked, how: How) -> BlamedFile:
    """Which commit each line of a file is from.

    With edits what the work tree has comes last, as a version that is not committed yet. Versions that are not here
    are fetched in one go. Raises `GitFailed` in Git's words, and what fetching raises.
    """
    found = origins(looked.line, Renames(place, source, inside, looked.graph), looked.tip, inside)
    made = list(found.values())
    newest = made[-1]
    first = frozenset(commit.id for commit in looked.graph.commits.values() if not commit.parents)
    if newest.file.entry.size > LIMIT or b"\0" in _beginning(source, newest.file):
        return BlamedFile(looked.path, (), True, newest.commit.id, newest.file.entry.size, first)
    source.bring([one.file for one in made])
    edited = _edited(place, looked.path, newest.file) if how.edits else None
    past = {number for number, one in enumerate(made) if one.commit.id in how.ignored}
    lines = line_origins(*_versions(source, found, edited), how.options, past)
    size = newest.file.entry.size if edited is None else len(edited)
    return BlamedFile(looked.path, tuple(_blamed(lines, made, looked.path)), False, newest.commit.id, size, first)


def _beginning(source: Source, file: File) -> bytes:
    return b"".join(source.part(file, 0, min(_LOOKED_AT, file.entry.size)))


def _edited(place: Workspace, path: bytes, committed: File) -> bytes | None:
    """What the work tree has at `path`, when it is a file with another content than the committed one."""
    if place.repository.bare or committed.entry.kind == "link":
        return None
    folder, name = places.split(path)
    with suppress(OSError, UnsafeName), places.directory(os.fsencode(place.repository.top), folder) as there:
        content = there.read(name, LIMIT)
        if content is not None and blake3(content).digest() != committed.entry.id:
            return content
    return None


def _versions(
    source: Source, found: dict[Place, Origin], edited: bytes | None
) -> tuple[Iterator[Iterator[bytes]], list[Version]]:
    """The contents, each once, and the versions as Git is to see them."""
    number = {place: index for index, place in enumerate(found)}
    files: dict[bytes, tuple[int, File]] = {}
    versions = []
    for one in found.values():
        content, _file = files.setdefault(one.file.entry.id, (len(files), one.file))
        versions.append(Version(content, tuple(number[parent] for parent in one.parents), one.commit.time))
    contents = (map(bytes, source.stream(file)) for _number, file in files.values())
    if edited is None:
        return contents, versions
    versions.append(Version(len(files), (len(versions) - 1,), versions[-1].time + 1))
    return _and(contents, edited), versions


def _and(contents: Iterator[Iterator[bytes]], last: bytes) -> Iterator[Iterator[bytes]]:
    yield from contents
    yield iter([last])


def _blamed(lines: list[Line], made: list[Origin], path: bytes) -> Iterator[Blamed]:
    for line in lines:
        one = made[line.version] if line.version < len(made) else None
        if one is None:
            yield Blamed(line.number, None, path, line.there, line.text)
        else:
            yield Blamed(line.number, one.commit.id, one.file.path, line.there, line.text)
