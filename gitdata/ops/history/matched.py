"""Matched: whether two commits differ in the files that a pathspec means, and in which."""

from collections.abc import Iterable, Iterator

from gitdata.formats.pathspec import Pathspec
from gitdata.git.graph import Commit
from gitdata.ops.history.bringing import Pair
from gitdata.ops.history.compared import Compared, paired
from gitdata.ops.history.timeline import Timeline
from gitdata.ops.versions.changes import Change
from gitdata.values import field, frozen


@frozen
class Matched:
    """Commits side by side, as far as a pathspec goes: only where its folders differ are files compared."""

    compared: Compared
    spec: Pathspec
    _known: dict[tuple[Pair, ...], bool] = field(default_factory=dict)

    def alike(self, line: Timeline, one: str | None, other: str) -> bool:
        """Whether two commits have the same of what is meant; of one alone, whether it has nothing of that."""
        pairs = self._pairs(line, one, other)
        if pairs and pairs not in self._known:
            found = self.compared.changes(pairs, self.spec, renames=False)
            self._known[pairs] = found is not None and not found
        return not pairs or self._known[pairs]

    def roots(self, line: Timeline, one: str | None, other: str) -> tuple[list[Pair], list[Change] | None]:
        """The pointers and pattern files in which what is meant differs, and the files; None: nobody can tell."""
        pairs = self._pairs(line, one, other)
        found = self.compared.changes(pairs, self.spec, renames=False)
        if found is None:
            return list(pairs), None
        touched = {file.need.path for change in found for file in change if file is not None}
        of_these = paired([pair for pair in pairs if pair.path in touched])
        return of_these, self.compared.changes([pair for pair in of_these if not pair.is_moved], self.spec)

    def _pairs(self, line: Timeline, one: str | None, other: str) -> tuple[Pair, ...]:
        if one is not None and all(line.same(one, other, path) for path in line.paths):
            return ()
        return tuple(self.compared.differing(line, one, other))


def ahead(
    compared: Compared, line: Timeline, commits: Iterable[Commit], together: int | None = None
) -> Iterator[list[Pair]]:
    """What commits differ in from their parents: of `together` (None: all) of those that do, then of twice as many."""
    pairs: list[Pair] = []
    number = 0
    for commit in commits:
        before = number
        for parent in commit.parents or (None,):
            found = compared.differing(line, parent, commit.id)
            if found and (parent is None or not all(line.same(parent, commit.id, path) for path in line.paths)):
                pairs += found
                number = before + 1
        if together is not None and number >= together:
            yield pairs
            pairs, number, together = [], 0, together * 2
    yield pairs
