"""Changes: the files that differ between two versions; what is the same in both is not even read."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple

from gitdata.errors import DataMissing
from gitdata.formats.pathspec import Pathspec
from gitdata.formats.pointer import Pointer, data_path
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.side_by_side import side_by_side
from gitdata.formats.tree import NO_FILES, Entry, Listing, Room, build, checked_tree, refuse_unbearable
from gitdata.ids import BlobId, RootId
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version, concerns, within
from gitdata.values import frozen

What = Literal["added", "deleted", "changed", "renamed"]
UNREAD = BlobId(bytes(32))
"""In place of an id: the content is in a work tree, and nobody has read it."""


class Change(NamedTuple):
    """A file that differs between two versions."""

    before: File | None
    after: File | None

    @property
    def what(self) -> What:
        """How it differs; a file that has another path and other bytes is not renamed but two changes."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "deleted"
        return "changed" if self.before.path == self.after.path else "renamed"

    @property
    def path(self) -> bytes:
        """Where it is now, or was."""
        file = self.after or self.before
        return file.path if file is not None else b""

    @property
    def content_differs(self) -> bool:
        """Whether it is more than the name and the kind (the executable bit)."""
        return (
            self.before is None
            or self.after is None
            or self.before.entry.id != self.after.entry.id
            or (self.before.entry.kind == "link") != (self.after.entry.kind == "link")
        )


def changes(
    source: Source, before: Version, after: Version, paths: Sequence[bytes] = (), *, renames: bool = True
) -> list[Change]:
    """What differs between two versions, by path; only at and below `paths` when some are given.

    A file that is gone from one path and has the same bytes at a new one is one change, also between data roots, unless
    `renames` says otherwise. Trees that are missing are fetched, those of one depth together. Raises `BadPointer`,
    what `Source.bring_trees` raises, and `BadFormat` for a version that is too large or too deep.
    """
    found = [change for change in _differing(source, before, after, paths) if meant(change.path, paths)]
    if renames:
        found = paired(found)
    return sorted(found, key=lambda change: change.path)


def meant(path: bytes, paths: Sequence[bytes]) -> bool:
    """Whether `path` is one of `paths` or lies below one, or is one that a `Pathspec` means; all are without any."""
    if isinstance(paths, Pathspec):
        return paths.matches(path)
    return not paths or any(within(path, wanted) for wanted in paths)


def is_naming(paths: Sequence[bytes]) -> bool:
    """Whether paths say what is wanted; else, if anything, only what is not."""
    return bool(paths.wanted) if isinstance(paths, Pathspec) else bool(paths)


def unmatched(paths: Sequence[bytes], found: Collection[bytes]) -> bytes | str | None:
    """One of `paths`, or of the words of a `Pathspec`, that means none of the files `found`; None: all mean some."""
    if isinstance(paths, Pathspec):
        return next((one.word for one in paths.wanted if not any(map(one.matches, found))), None)
    return next((path for path in paths if not any(within(one, path) for one in found)), None)


def _differing(source: Source, before: Version, after: Version, paths: Sequence[bytes]) -> Iterator[Change]:
    level: list[_Pair] = []
    for path in sorted(before.texts.keys() | after.texts.keys()):
        if before.texts.get(path) == after.texts.get(path) or (paths and not concerns(data_path(path), paths)):
            continue
        one, other = (version.need(path) if path in version.texts else None for version in (before, after))
        listings = _listing(one), _listing(other)
        if listings[0] is not None and listings[1] is not None:
            yield from _of_listings(path, one, other, listings[0], listings[1])
        else:
            yield from _single(path, one, other, listings)
            level += _top(path, one, other, listings)
    for name in sorted(before.files.keys() | after.files.keys()):
        was, now = before.files.get(name), after.files.get(name)
        if was != now:
            yield Change(_pattern_file(name, was), _pattern_file(name, now))
    yield from _of_trees(source, level, paths)


def _listing(need: Need | None) -> Listing | None:
    """The files of one side as far as its pointer lists them; None when only its trees do."""
    return {} if need is None else need.value.listing


def _pattern_file(path: bytes, entry: Entry | None) -> File | None:
    return None if entry is None else File(path, entry, Need(path, value_of(entry)))


def _of_listings(
    pointer: PointerPath, one: Need | None, other: Need | None, before: Listing, after: Listing
) -> Iterator[Change]:
    for inside in before.keys() | after.keys():
        was, now = before.get(inside), after.get(inside)
        if was != now:
            path = pointer.data + b"/" + inside if inside else pointer.data
            yield Change(_file(path, was, one), _file(path, now, other))


def _file(path: bytes, entry: Entry | None, need: Need | None) -> File | None:
    return None if entry is None or need is None else File(path, entry, need)


class _Pair(NamedTuple):
    """A directory in both versions, or in one of them."""

    prefix: bytes  # its path and a slash
    depth: int  # below the data root
    one: "_Side | None"
    other: "_Side | None"


@frozen
class _Side:
    """A directory of one version."""

    tree: BlobId
    size: int | None  # of its encoding, in bytes, if something says so
    need: Need
    made: dict[BlobId, bytes]  # trees of a listing, which are nowhere else


def _top(
    pointer: PointerPath, one: Need | None, other: Need | None, listings: tuple[Listing | None, Listing | None]
) -> Iterator[_Pair]:
    sides = [
        None if need is None or _is_file(need.value) else _side(need, listing)
        for need, listing in zip((one, other), listings, strict=True)
    ]
    yield _Pair(pointer.data + b"/", 0, sides[0], sides[1])


def _side(need: Need, listing: Listing | None) -> _Side:
    forest = build(listing) if listing is not None else None
    return _Side(BlobId(need.value.root()), None, need, forest.trees if forest is not None else {})


def _is_file(value: Pointer) -> bool:
    return value.form == "file"


def _single(
    pointer: PointerPath, one: Need | None, other: Need | None, listings: tuple[Listing | None, Listing | None]
) -> Iterator[Change]:
    """A single file that has become a directory, or the other way round."""
    if one is not None and _is_file(one.value):
        yield Change(_file(pointer.data, (listings[0] or {})[b""], one), None)
    if other is not None and _is_file(other.value):
        yield Change(None, _file(pointer.data, (listings[1] or {})[b""], other))


def _of_trees(source: Source, level: list[_Pair], paths: Sequence[bytes]) -> Iterator[Change]:
    tops = [side for pair in level for side in (pair.one, pair.other) if side is not None]
    room = Room(partial(_refuse_unbearable, source, tops))
    while level:
        level = [pair for pair in level if pair.one is None or pair.other is None or pair.one.tree != pair.other.tree]
        sides = [side for pair in level for side in (pair.one, pair.other) if side is not None]
        source.bring_trees({side.tree: side.need for side in sides if side.tree not in side.made})
        below: list[_Pair] = []
        for pair in level:
            here, there = (_encoded(source, side, pair.depth) for side in (pair.one, pair.other))
            if pair.depth:
                yield from _emptied(pair, here, there)
            for name, was, now in side_by_side(here, there):
                room.take(1, len(pair.prefix) + len(name))
                path = pair.prefix + name
                if paths and not concerns(path, paths):
                    continue
                folders = [
                    None if entry is None or entry.kind != "dir" or side is None
                    else _Side(entry.id, entry.size, side.need, side.made)
                    for entry, side in ((was, pair.one), (now, pair.other))
                ]  # fmt: skip
                if any(folders):
                    below.append(_Pair(path + b"/", pair.depth + 1, folders[0], folders[1]))
                old = None if folders[0] or pair.one is None else _file(path, was, pair.one.need)
                new = None if folders[1] or pair.other is None else _file(path, now, pair.other.need)
                if old is not None or new is not None:
                    yield Change(old, new)
        level = below


def _refuse_unbearable(source: Source, tops: Iterable[_Side]) -> None:
    """Raise `BadFormat` when a version unfolds to more than one may have, as far as its trees are here by now."""
    for top in tops:

        def read(tree: BlobId, made: Mapping[BlobId, bytes] = top.made) -> bytes:
            try:
                return made.get(tree) or source.tree(tree)
            except DataMissing:
                return NO_FILES

        refuse_unbearable(RootId(top.tree), read)


def _encoded(source: Source, side: _Side | None, depth: int) -> bytes:
    if side is None:
        return NO_FILES
    made = side.made.get(side.tree)
    return made if made is not None else checked_tree(side.tree, side.size, depth, source.tree)


def _emptied(pair: _Pair, here: bytes, there: bytes) -> Iterator[Change]:
    """An empty directory is listed by itself; one that has files is not."""
    folder = pair.prefix[:-1]
    sides = [
        File(folder, Entry("dir", len(NO_FILES), side.tree), side.need)
        if side is not None and data == NO_FILES
        else None
        for side, data in ((pair.one, here), (pair.other, there))
    ]
    if any(sides):
        yield Change(sides[0], sides[1])


def paired(found: Iterable[Change]) -> list[Change]:
    """The same changes, with a file that is gone and one that is new and has the same bytes as one that was renamed.

    Of several that could be meant, one with the same name is.
    """
    found = list(found)
    gone: defaultdict[tuple[bytes, bool], list[Change]] = defaultdict(list)
    for change in found:
        if change.before is not None and change.after is None and _can_move(change.before):
            gone[_content(change.before)].append(change)
    if not gone:
        return found
    taken: set[bytes] = set()
    renamed: dict[bytes, Change] = {}
    new = [change for change in found if change.before is None and change.after is not None]
    for exact in (True, False):
        for change in new:
            file = change.after
            if file is None or file.path in renamed or not _can_move(file):
                continue
            for old in gone.get(_content(file), ()):
                if old.path not in taken and (not exact or _name(old.path) == _name(file.path)):
                    taken.add(old.path)
                    renamed[file.path] = Change(old.before, file)
                    break
    kept = (
        change
        for change in found
        if change.path not in (taken if change.after is None else renamed if change.before is None else ())
    )
    return [*kept, *renamed.values()]


def _can_move(file: File) -> bool:
    return file.entry.kind != "dir" and file.entry.id != UNREAD


def _content(file: File) -> tuple[bytes, bool]:
    return file.entry.id, file.entry.kind == "link"


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]
