"""Work tree: its data as a version that can be compared, by what a look finds; nothing is stored."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import BinaryIO

from gitdata.descent import Descent
from gitdata.errors import FileChanging
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Entry
from gitdata.git import patterns
from gitdata.git.listing import left_out
from gitdata.ids import BlobId
from gitdata.ops.looking.edits_of import Compared, Round, budget, edits_of
from gitdata.ops.patterns import pattern_files
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.roots.known import roots
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.changes import UNREAD, Change, changes, meant, paired
from gitdata.ops.versions.finding import look_up
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version, concerns, staged
from gitdata.store.hashing import blake3_of
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import Edit
from gitdata.worktree.entries import EMPTY_DIRECTORY, link_entry

_BLOCK = 1 << 20


class InWorkTree(File):
    """A file as it is in the work tree, and not yet recorded."""

    __slots__ = ()


@frozen
class WorkTree:
    """The data of a work tree."""

    version: Version  # what is recorded of it
    edits: Mapping[bytes, File | None]  # by path, what differs from that; of data roots nobody has read the content


def work_tree(source: Source, paths: tuple[bytes, ...] = ()) -> WorkTree:
    """The data of the work tree, only at and below `paths` when some are given.

    Data that is not here (never checked out, or taken away as a whole) counts as its pointer says. Raises
    `BadPointer`, `Unreadable` and `FileChanging`.
    """
    place = source.place
    index = staged(place)
    texts = dict(index.texts)
    edits: dict[bytes, File | None] = {}
    left = left_out(place.git, index.texts) if index.texts else set()
    at = Round(place, lambda: source.store, budget(place), None, source.progress, remember=False)
    with source.progress.step("looking at data"):
        for path in sorted(roots(place).pointers):
            if path not in left and (not paths or concerns(PointerPath(path).data, paths)):
                _look(at, source, PointerPath(path), texts, edits)
        files = _pattern_files(source, index)
    edits.update(files)
    return WorkTree(Version("the work tree", None, texts, index.files), edits)


def _look(
    at: Round, source: Source, path: PointerPath, texts: dict[PointerPath, bytes], edits: dict[bytes, File | None]
) -> None:
    root = at.place.root(path)
    text, base = pointer_files.read(root), pointer_files.recorded(root, at.place.state)
    if text is None or base is None:
        texts.pop(path, None)
        return
    texts[path] = base
    if not os.path.lexists(root.full) or not at.place.state.agrees(path, text):
        return
    value = pointer_files.parse(path, base)
    known = at.place.state.edits(path)
    found = edits_of(at, Compared(path, base, value, known.found if known else {}))
    need = Need(path, value)
    for inside, edit in found.edits.items():
        full = root.path + b"/" + inside if inside else root.path
        edits[full] = None if edit.what == "deleted" else InWorkTree(full, _entry(source, full, edit), need)


def _entry(source: Source, path: bytes, edit: Edit) -> Entry:
    if edit.kind == "dir":
        return EMPTY_DIRECTORY
    return link_entry(_down(source.place), path) if edit.kind == "link" else Entry(edit.kind, edit.size, UNREAD)


def _pattern_files(source: Source, index: Version) -> Iterator[tuple[bytes, File | None]]:
    """The pattern files whose stat data Git does not know, and whose content is not what is staged."""
    place = source.place
    if not index.files:
        return
    specs = sorted({pattern.pathspec for pattern in patterns.here(place.git, place.repository.top)})
    answer = place.git.run("diff-files", "--name-only", "-z", "--", *specs) if specs else b""
    held = pattern_files.staged(place)
    for path in answer.split(b"\0"):
        if path in held and not pattern_files.left_as_pointer(place, held[path]):
            entry = _read(place, path)
            if entry != index.files[path]:
                yield path, None if entry is None else InWorkTree(path, entry, Need(path, value_of(entry)))


def _read(place: Workspace, path: bytes) -> Entry | None:
    """The entry of a file as it is now, which takes reading it; None when it is no regular file any more."""
    try:
        with open_file(place, path) as file:
            seen = os.fstat(file.fileno())
            kind = "exec" if seen.st_mode & stat.S_IXUSR else "file"
            return Entry(kind, seen.st_size, BlobId(blake3_of(file)))  # type: ignore[arg-type]
    except OSError:
        return None


def open_file(place: Workspace, path: bytes) -> BinaryIO:
    """A regular file of the work tree, to be read; raises `OSError` for anything else, a link too."""
    descriptor = _down(place).open(path)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("no regular file")
    return open(descriptor, "rb")


def content(place: Workspace, file: File) -> Iterator[bytes]:
    """The content of a file of the work tree, a part at a time; raises `FileChanging` when it is not there any more."""
    if file.entry.kind == "link":
        yield _down(place).target(file.path)
        return
    try:
        opened = open_file(place, file.path)
    except OSError as error:
        raise FileChanging(f"{shown(file.path)} changed while it was read") from error
    with closing(opened):
        while block := opened.read(_BLOCK):
            yield block


def _down(place: Workspace) -> Descent:
    return Descent(os.fsencode(place.repository.top))


def changes_to(
    source: Source, before: Version, after: WorkTree, paths: tuple[bytes, ...] = (), *, renames: bool = True
) -> list[Change]:
    """What differs between a version and the work tree, as `changes` gives it."""
    found = {change.path: change for change in changes(source, before, after.version, paths, renames=False)}
    for path, edited in after.edits.items():
        if not meant(path, paths):
            continue
        now = edited
        if path in found:
            was = found[path].before
        else:
            was = look_up(source, after.version, path)
            was = None if was is not None and was.entry.kind == "dir" and was.entry != EMPTY_DIRECTORY else was
        if now is not None and was is not None and now.entry.id == UNREAD and now.entry.size == was.entry.size:
            now = _with_id(source.place, now)  # as Git does: whether it differs takes reading it
        if was is None and now is None:
            found.pop(path, None)
        elif was is None or now is None or was.entry != now.entry:
            found[path] = Change(was, now)
        else:
            found.pop(path, None)
    changed = list(found.values())
    if renames:
        changed = paired(_known(source.place, changed))
    return sorted(changed, key=lambda change: change.path)


def _known(place: Workspace, found: list[Change]) -> list[Change]:
    """The same; a new file that may be one that is gone, by its size, is read, so that its id is known."""
    gone = {change.before.entry.size for change in found if change.before is not None and change.after is None}
    return [
        Change(None, _with_id(place, change.after))
        if change.before is None
        and change.after is not None
        and change.after.entry.id == UNREAD
        and change.after.entry.size in gone
        else change
        for change in found
    ]


def _with_id(place: Workspace, file: File) -> File:
    """The same file with the id of its content, if it can be read."""
    entry = _read(place, file.path)
    return file if entry is None else file._replace(entry=entry)
