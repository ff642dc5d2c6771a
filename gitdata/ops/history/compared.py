"""Compared: the files in which the data of two commits differs, trees that are missing fetched for many together."""

from collections.abc import Iterable, Iterator, Sequence

from gitdata.errors import BadFormat, BadPointer, DataMissing, Offline, UnsafeName
from gitdata.formats.listing_text import trimmed
from gitdata.formats.pointer import data_path, file_entry
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Entry
from gitdata.ops.history.bringing import Pair, bring
from gitdata.ops.history.inside import Inside
from gitdata.ops.history.timeline import Timeline
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.changes import changes as differing
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import Version, within
from gitdata.values import field, mutable
from gitdata.workspace import Workspace


@mutable
class Compared:
    """Commits side by side.

    Nothing is fetched before a tree is missing; then those of `coming` are, too, up to the part that has it.
    """

    place: Workspace
    source: Source
    inside: Inside
    coming: Iterator[Sequence[Pair]] = field(default_factory=lambda: iter(()))  # what will be compared, in parts
    paths: Sequence[bytes] = ()  # at and below which; all when there are none
    _brought: set[str] = field(default_factory=set)

    def differing(self, line: Timeline, one: str | None, other: str) -> list[Pair]:
        """The pointers and pattern files of a timeline that differ between two commits."""
        mine = line.versions[one] if one is not None else (None,) * len(line.files)
        theirs = line.versions[other]
        if mine is theirs:
            return []
        return [Pair(path, was, now) for path, was, now in zip(line.files, mine, theirs, strict=True) if was != now]

    def roots(self, line: Timeline, one: str | None, other: str, below: bytes) -> list[Pair]:
        """Those below a path, renamed ones paired."""
        return paired([pair for pair in self.differing(line, one, other) if within(pair.path, below)])

    def at(self, line: Timeline, one: str | None, other: str, path: bytes) -> list[Change] | None:
        """The files at and below a path that differ between two commits; None when nobody can tell."""
        return self.changes(self.roots(line, one, other, b""), (path,))

    def all_of(self, pairs: Sequence[Pair]) -> list[Change] | None:
        """The files that differ between two versions of several pointers; None when nobody can tell."""
        return self.changes(pairs, ())

    def changes(self, pairs: Sequence[Pair], paths: Sequence[bytes], *, renames: bool = True) -> list[Change] | None:
        """The same of those at and below `paths`, or that a `Pathspec` means."""
        before, after = self._versions(pairs, paths)
        try:
            try:
                return differing(self.source.here, before, after, paths, renames=renames)
            except Offline:
                if self.source.offline:
                    raise
            self._bring(pairs)
            return differing(self.source, before, after, paths, renames=renames)
        except (BadFormat, BadPointer, DataMissing, Offline, UnsafeName):
            self.inside.unknown |= _pointers(pairs)
            return None

    def _bring(self, pairs: Sequence[Pair]) -> None:
        """Fetch what is missing to compare `pairs`, and what is coming with them."""
        together = dict.fromkeys(pairs)
        left = _pointers(pairs) - self._brought  # by these: what is coming does not know of renames
        while left and (some := next(self.coming, None)) is not None:
            together.update(dict.fromkeys(some))
            left -= _pointers(some)
        self._brought |= _pointers(together)
        bring(self.source, self.inside, together, self.paths)

    def _versions(self, pairs: Sequence[Pair], paths: Sequence[bytes]) -> tuple[Version, Version]:
        before: dict[PointerPath, bytes] = {}
        after: dict[PointerPath, bytes] = {}
        files: tuple[dict[bytes, Entry], dict[bytes, Entry]] = {}, {}
        for pair in pairs:
            texts = [self._text(oid, pair, paths) if oid is not None else None for oid in (pair.before, pair.after)]
            if pair.is_file:
                for text, found, path in zip(texts, files, (pair.was or pair.path, pair.path), strict=True):
                    entry = file_entry(text) if text else None
                    if entry is not None:
                        found[path] = entry
                continue
            one, other = texts
            if one is not None and other is not None and pair.was is None:
                one, other = trimmed(one, other)
            if one is not None:
                before[PointerPath(pair.was or pair.path)] = one
            if other is not None:
                after[PointerPath(pair.path)] = other
        return Version("before", None, before, files[0]), Version("after", None, after, files[1])

    def _text(self, oid: str, pair: Pair, paths: Sequence[bytes]) -> bytes:
        if len(paths) != 1 or not within(paths[0], data_path(pair.path)):
            return self.inside.text(oid)
        return self.inside.part(oid, paths[0][len(data_path(pair.path)) + 1 :])


def _pointers(pairs: Iterable[Pair]) -> set[str]:
    return {oid for pair in pairs for oid in (pair.before, pair.after) if oid is not None}


def paired(pairs: Sequence[Pair]) -> list[Pair]:
    """The same, with a pointer that is gone and a new one of the same text as one that was renamed."""
    gone: dict[str | None, list[Pair]] = {}
    for pair in pairs:
        if pair.after is None:
            gone.setdefault(pair.before, []).append(pair)
    renamed: dict[bytes, Pair] = {}
    taken: set[bytes] = set()
    for pair in pairs:
        if pair.before is None and gone.get(pair.after):
            old = gone[pair.after].pop(0)
            taken.add(old.path)
            renamed[pair.path] = Pair(pair.path, old.before, pair.after, old.path)
    return [renamed.get(pair.path, pair) for pair in pairs if pair.path not in taken]
