"""Ls: the tracked files of the work tree's pointers or of a revision's."""

from collections.abc import Iterable
from itertools import islice

from gitdata.errors import BadFormat, BadPointer, DataCorrupt, DataMissing, GitDataError, NotTracked, UnsafeName
from gitdata.formats.pathspec import Pathspec
from gitdata.formats.tree import Kind
from gitdata.ops.patterns import pattern_files
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.absent import together
from gitdata.ops.versions.changes import meant
from gitdata.ops.versions.finding import below_root, not_there, pattern_items
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version, at_revision, name_of, within
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_TOGETHER = 50_000  # files that are looked for in the store together


@frozen
class Item:
    """One tracked file, link or empty directory."""

    path: bytes  # relative to the top of the work tree
    kind: Kind
    size: int  # bytes
    blob: bytes
    here: bool  # its bytes are in this clone's store


@frozen
class Folder:
    """What one level of a listing has below a name."""

    path: bytes  # relative to the top
    files: int
    size: int  # bytes of all of them
    here: bool  # all of their bytes are in this clone's store


def version_of(place: Workspace, revision: str | None) -> Version:
    """The version to list: of a revision, or of the pointers in the work tree."""
    if revision is not None:
        return at_revision(place, revision)
    texts = {path: pointer_files.recorded(place.root(path), place.state) for path in roots(place).pointers}
    named = {place.root(path).pointer: text for path, text in texts.items() if text is not None}
    held = {path: file.entry for path, file in pattern_files.staged(place).items()}
    return Version("the work tree", None, named, held)


@frozen
class Listed:
    """What can be listed, and what stands in the way of the rest."""

    items: tuple[Item, ...]
    error: GitDataError | None = None


def ls(source: Source, version: Version, paths: tuple[bytes, ...] = ()) -> Listed:
    """List what a version has, at and below `paths` when given (relative to the top), in the order of the paths.

    Trees that are missing are fetched; a data root that cannot be listed keeps nobody from the others. Raises
    `NotTracked` when a version has nothing at one of the paths, `Offline` and what connecting raises.
    """
    items: dict[bytes, Item] = {}
    failures: dict[bytes, GitDataError] = {}
    for path in paths or (b"",):
        files = (file for file in pattern_items(version) if within(file.path, path))
        items.update((item.path, item) for item in _items(source, files))
        for pointer in version.roots_at(path):
            try:
                found = _items(source, below_root(source, version, pointer, path))
            except (BadFormat, BadPointer, DataCorrupt, DataMissing, UnsafeName) as error:
                failures[pointer] = error
            else:
                items.update((item.path, item) for item in found)
        if path and not failures and not isinstance(paths, Pathspec) and not any(within(item, path) for item in items):
            raise _missing(source, version, path)
    ordered = tuple(items[path] for path in sorted(items) if meant(path, paths))
    for one in paths.wanted if isinstance(paths, Pathspec) and not failures else ():
        if not any(one.matches(path) for path in items):
            raise NotTracked(f"no tracked file of {version.name} matches {shown(one.word)}", "see `git data ls`")
    return Listed(ordered, together(list(failures.values())) if failures else None)


def _missing(source: Source, version: Version, path: bytes) -> NotTracked:
    if version.commit is None:
        return NotTracked(f"{name_of(path)} is not tracked data")
    return not_there(source.place, version, path)


def _items(source: Source, files: Iterable[File]) -> list[Item]:
    """The files as items, some of them looked for in the store together."""
    found: list[Item] = []
    rest = iter(files)
    while some := [(file.path, file.entry) for file in islice(rest, _TOGETHER)]:
        held = source.store.has({entry.id for _path, entry in some})
        found += [Item(path, one.kind, one.size, one.id, one.kind == "dir" or one.id in held) for path, one in some]
    return found


def one_level(items: Iterable[Item], paths: tuple[bytes, ...] = ()) -> tuple[Item | Folder, ...]:
    """The same listing, with one entry for each directory that lies in one of `paths` (or at the top)."""
    found: dict[bytes, Item | Folder] = {}
    for item in items:
        start = next((len(path) + 1 for path in paths if path and item.path.startswith(path + b"/")), 0)
        end = item.path.find(b"/", start)
        if end < 0:
            found[item.path] = item
            continue
        name = item.path[:end]
        before = found.get(name)
        files, size, here = (before.files, before.size, before.here) if isinstance(before, Folder) else (0, 0, True)
        empty = item.kind == "dir"
        found[name] = Folder(name, files + (not empty), size + (0 if empty else item.size), here and item.here)
    return tuple(found[path] for path in sorted(found))
