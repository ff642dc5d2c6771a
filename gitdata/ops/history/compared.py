"""Compared: the files in which the data of two commits differs, trees that are missing fetched for many together."""

from collections.abc import Sequence

from gitdata.errors import BadFormat, BadPointer, DataMissing, Offline, UnsafeName
from gitdata.formats.listing_text import trimmed
from gitdata.formats.pointer import data_path, file_entry
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.formats.tree import Entry
from gitdata.ops.history.inside import Inside
from gitdata.ops.history.timeline import Timeline
from gitdata.ops.versions.changes import Change, changes
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import Version, within
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class Pair:
    """A pointer or a pattern file in two commits."""

    path: bytes  # where it is, or was
    before: str | None
    after: str | None
    was: bytes | None = None  # the path before, of one that was renamed

    @property
    def is_file(self) -> bool:
        """Whether it is a pattern file."""
        return not isinstance(checked(self.path), PointerPath)


@frozen
class Compared:
    """Commits side by side."""

    place: Workspace
    source: Source
    inside: Inside

    def roots(self, line: Timeline, one: str | None, other: str, below: bytes) -> list[Pair]:
        """The pointers and pattern files below a path that differ between two commits, renamed ones paired."""
        mine = line.versions[one] if one is not None else (None,) * len(line.files)
        theirs = line.versions[other]
        if mine is theirs:
            return []
        pairs = [
            Pair(path, was, now)
            for path, was, now in zip(line.files, mine, theirs, strict=True)
            if was != now and within(path, below)
        ]
        return paired(pairs)

    def at(self, line: Timeline, one: str | None, other: str, path: bytes) -> list[Change] | None:
        """The files at and below a path that differ between two commits; None when nobody can tell."""
        return self._changes(self.roots(line, one, other, b""), (path,))

    def _text(self, oid: str, pair: Pair, paths: Sequence[bytes]) -> bytes:
        if len(paths) != 1 or not within(paths[0], data_path(pair.path)):
            return self.inside.text(oid)
        return self.inside.part(oid, paths[0][len(data_path(pair.path)) + 1 :])

    def all_of(self, pairs: Sequence[Pair]) -> list[Change] | None:
        """The files that differ between two versions of several pointers; None when nobody can tell."""
        return self._changes(pairs, ())

    def _changes(self, pairs: Sequence[Pair], paths: Sequence[bytes]) -> list[Change] | None:
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
        try:
            return changes(
                self.source, Version("before", None, before, files[0]), Version("after", None, after, files[1]), paths
            )
        except (BadFormat, BadPointer, DataMissing, Offline, UnsafeName):
            self.inside.unknown.update(oid for pair in pairs for oid in (pair.before, pair.after) if oid is not None)
            return None


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
