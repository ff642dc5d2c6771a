"""Patch: how the contents of changed files differ, sorted by what can be shown of them."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gitdata.contents.kinds import LOOKED_AT, Kind, is_text, kind_of
from gitdata.git.patch import Sides, Written, patches, show_patch
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import File, Source
from gitdata.store import parts
from gitdata.values import field, frozen
from gitdata.workspace import Workspace

LIMIT = 64 << 20  # bytes of a file that is shown line by line, unless `gitdata.diffLimit` says otherwise
_MODES = {"file": "100644", "exec": "100755", "link": "120000"}


@frozen
class Sorted:
    """Changes by how they are shown; each in the order of the paths."""

    text: list[Change] = field(default_factory=list)  # by Git, line by line
    same: list[Change] = field(default_factory=list)  # only another name or kind
    by_kind: dict[Kind, list[Change]] = field(default_factory=dict)  # by readers of these kinds
    binary: list[Change] = field(default_factory=list)  # sizes and chunks, also what is too large


def sort(source: Source, found: Diff, *, as_text: bool) -> Sorted:
    """Sort the changes; what has to be read for it and is not here is fetched in one go.

    With `as_text` tables and their like count as text, if they are. Raises as `Source.bring` does.
    """
    limit = limit_of(source.place)
    done = Sorted()
    read: list[tuple[Change, Kind]] = []
    for change in found.changes:
        kind = "other" if as_text else kind_of(change.path)
        files = _files(change)
        if not change.content_differs:
            done.same.append(change)
        elif all(file.entry.kind == "dir" for file in files):
            continue
        elif kind == "other" and any(file.entry.size > limit for file in files):
            done.binary.append(change)
        else:
            read.append((change, kind))
    found.bring(source, [file for change, _kind in read for file in _files(change)])
    for change, kind in read:
        if kind != "other" and all(file.entry.kind != "link" for file in _files(change)):
            done.by_kind.setdefault(kind, []).append(change)
        elif all(_is_text(source, found, file) for file in _files(change)):
            done.text.append(change)
        else:
            done.binary.append(change)
    return done


def limit_of(place: Workspace) -> int:
    """The bytes of a file up to which its content is shown line by line."""
    return place.config.integer("gitdata.diffLimit", LIMIT)


def _files(change: Change) -> list[File]:
    return [file for file in (change.before, change.after) if file is not None and file.entry.kind != "dir"]


def _is_text(source: Source, found: Diff, file: File) -> bool:
    beginning = b""
    for part in found.stream(source, file):
        beginning += part[: LOOKED_AT - len(beginning)]
        if len(beginning) >= LOOKED_AT:
            break
    return is_text(beginning)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="git-data-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def show_text(source: Source, found: Diff, changes: Sequence[Change], options: Sequence[str]) -> None:
    """Let Git write the differences of text files to standard output; raises `GitFailed` and as `stream` does."""
    quoted = source.place.config.get("core.quotepath") or "true"  # of the person; our own calls have another
    git = source.place.git.with_settings(f"core.quotepath={quoted}")
    for some, renames in _apart(changes):
        with _folder() as folder:
            show_patch(git, folder, _sides(source, found, some, folder), [*options, renames])


def _apart(changes: Sequence[Change]) -> Iterator[tuple[Sequence[Change], str]]:
    """The changes, each renamed one alone so that Git takes it for that, and what to say to Git of renames."""
    others = [change for change in changes if change.what != "renamed"]
    if others:
        yield others, "--no-renames"
    for change in changes:
        if change.what == "renamed":
            yield [change], "--find-renames=1%"


def text_patches(
    source: Source, found: Diff, changes: Sequence[Change], options: Sequence[str] = ()
) -> dict[bytes, bytes]:
    """The same as bytes by path, in no colours; raises as `show_text` does."""
    told: dict[bytes, bytes] = {}
    for some, renames in _apart(changes):
        with _folder() as folder:
            names = {change.path: (change.before or change.after, change.after or change.before) for change in some}
            heads = {path: (one.path, other.path) for path, (one, other) in names.items() if one and other}
            told |= patches(source.place.git, folder, _sides(source, found, some, folder), heads, [*options, renames])
    return told


def _sides(source: Source, found: Diff, changes: Sequence[Change], folder: Path) -> Sides:
    before = _written(source, found, (change.before for change in changes), folder / "a")
    return before, _written(source, found, (change.after for change in changes), folder / "b")


def _written(source: Source, found: Diff, files: Iterable[File | None], folder: Path) -> list[Written]:
    folder.mkdir()
    written = []
    for number, file in enumerate(files):
        if file is not None and file.entry.kind != "dir":
            content = folder / str(number)
            with open(content, "wb") as out:
                out.writelines(found.stream(source, file))
            written.append(Written(file.path, _MODES[file.entry.kind], content))
    return written


@frozen
class Shared:
    """What two contents have in common."""

    chunks: int  # of the newer one that the older one has
    of: int  # chunks of the newer one
    size: int  # bytes of those that are shared


def shared(source: Source, found: Diff, change: Change) -> Shared | None:
    """What the two sides of a change share, by their chunks; None where that is not known here."""
    files = _files(change)
    if len(files) != 2 or any(found.in_work_tree(file) for file in files):
        return None
    before, after = (parts.layout(source.store, file.entry.id) for file in files)
    if before is None or after is None:
        return None
    old = {piece.chunk for piece in before}
    same = [piece for piece in after if piece.chunk in old]
    return Shared(len(same), len(after), sum(piece.length for piece in same))
