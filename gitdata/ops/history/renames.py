"""Renames: where a file that is new in a commit was before: the same bytes, gone from another path."""

from functools import cached_property

from gitdata.errors import UnsafeName
from gitdata.formats.pointer import data_path
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.git import patterns
from gitdata.git.graph import Commit, Graph, changed_between
from gitdata.ops.history.bringing import Pair
from gitdata.ops.history.compared import Compared, paired
from gitdata.ops.history.inside import Inside
from gitdata.ops.history.timeline import Timeline, mended, timeline
from gitdata.ops.versions.source import Source
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class Renames:
    """Looks among all data of the commit before: a file may come from another data root, or its pointer was renamed."""

    place: Workspace
    source: Source
    inside: Inside
    graph: Graph
    together: int | None = None  # as a timeline has it

    @cached_property
    def _lines(self) -> dict[bytes, Timeline]:
        return {}

    @cached_property
    def _specs(self) -> list[str]:
        return [":(top)*.gitdata", *patterns.in_commits(self.place.git, self.graph.tips)]

    def before(self, line: Timeline, commit: Commit) -> tuple[Timeline, bytes] | None:
        """The timeline of the path that the one of `line` had before `commit`, and that path; None when it is new."""
        for parent in commit.parents:
            found = self.path_before(line, commit.id, parent)
            if found is not None:
                return self.line(found), found
        return None

    def line(self, path: bytes) -> Timeline:
        """The timeline of another path, in the same commits."""
        if path not in self._lines:
            self._lines[path] = mended(timeline(self.place, self.graph, self.inside, (path,), self.together))
        return self._lines[path]

    def path_before(self, line: Timeline, commit: str, parent: str) -> bytes | None:
        """The path that the file of `line` had in a parent of `commit`; None when its bytes have gone from no path."""
        held = line.held(commit, line.paths[0])
        if held is None:
            return None
        pairs = paired(self._pairs(commit, parent))
        for pair in pairs:
            if pair.path == held.pointer and pair.was is not None:
                return data_path(pair.was) + (b"/" + held.inside if held.inside else b"")
        for change in Compared(self.place, self.source, self.inside).all_of(pairs) or ():
            if change.what == "renamed" and change.path == line.paths[0] and change.before is not None:
                return change.before.path
        return None

    def _pairs(self, commit: str, parent: str) -> list[Pair]:
        pairs = []
        for path, was, now in changed_between(self.place.git, parent, commit, self._specs):
            kind = checked(path)
            if isinstance(kind, PointerPath) or (not isinstance(kind, UnsafeName) and patterns.is_pattern_file(path)):
                pairs.append(Pair(path, was, now))
        return pairs
