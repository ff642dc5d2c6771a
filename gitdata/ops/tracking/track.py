"""Track: a directory becomes data; one pointer beside it stands for it in Git. Patterns are tracked file by file."""

import os
import stat
from collections.abc import Collection, Iterable, Mapping

from gitdata.errors import CannotTrack
from gitdata.formats import pointer
from gitdata.formats.names import check_path
from gitdata.formats.pointer_path import PointerPath, clashes
from gitdata.git import attributes
from gitdata.git import pointers as git_pointers
from gitdata.git.tracked import Held, held
from gitdata.ops.patterns import pattern_files
from gitdata.ops.recording.record import record
from gitdata.ops.roots.ignore_lines import ignore_file, keep_out
from gitdata.ops.roots.typed_paths import from_top
from gitdata.ops.tracking.track_patterns import TrackedPattern, is_pattern, track_patterns
from gitdata.progress import SILENT, Progress
from gitdata.summary import Amount
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import control_files, places, pointer_files
from gitdata.worktree.data_root import obstacle
from gitdata.worktree.scan import BIG_DISK


@frozen
class TrackedRoot:
    """One new data root."""

    path: bytes  # relative to the top
    files: int
    size: int  # bytes


@frozen
class Tracked:
    """Every new data root, and every new pattern."""

    roots: tuple[TrackedRoot, ...]
    patterns: tuple[TrackedPattern, ...] = ()
    read: Amount = Amount()  # what was read of the roots' files, and what was new of it


def track(
    place: Workspace, paths: list[str], *, create: bool = False, from_git: bool = False, progress: Progress = SILENT
) -> Tracked:
    """Record the data of `paths`, write their pointers, and stage pointers, `.gitignore` and `.gitattributes`.

    A path with `*`, `?` or `[` that no file has is a pattern of files.

    Every path is checked before anything is touched; raises `CannotTrack` saying why and what to do.
    """
    known = set(git_pointers.in_index(place.git.whole).pointers)
    words = [path for path in paths if is_pattern(path)]
    wanted = _named(place, [path for path in paths if path not in words], known)
    there = held(place.git, wanted)
    refuse_meeting(wanted, known)
    for data, typed in wanted.items():
        _check(place, data, typed, there[data], create=create)
        inside = there[data].files
        if inside and not from_git:
            raise CannotTrack(
                f"{typed}: Git itself tracks {len(inside)} file{'s' if len(inside) > 1 else ''} there",
                f"take them out of Git's index (history stays): `git data track --from-git {typed}`",
            )
        if inside:
            _refuse_absent(place, inside)
    _read_control_files(place, wanted)
    added = track_patterns(place, words)
    for data in wanted:
        if create:
            with places.directory(os.fsencode(place.repository.top), data, create=True):
                pass
        if there[data].files:
            place.filtering.run("rm", "-r", "-q", "--cached", "--", f":(top,literal){os.fsdecode(data)}")
    keep_out(place, *wanted)
    if not wanted:
        return Tracked((), added)
    _attributes(place)
    pointers = [PointerPath.of_data(data) for data in wanted]
    done = record(place, pointers, take=True, progress=progress)
    roots = []
    for file in pointers:
        value = pointer_files.parse(file, pointer_files.read(place.root(file)) or b"")
        roots.append(TrackedRoot(file.data, value.files, value.size))
    return Tracked(tuple(roots), added, done.read)


def _named(place: Workspace, paths: Iterable[str], known: Collection[bytes]) -> dict[bytes, str]:
    """What `paths` are relative to the top, and how they were typed; raises for those that no pointer can stand for."""
    wanted: dict[bytes, str] = {}
    for typed in paths:
        data = from_top(place, typed.rstrip("/") or typed)
        check_path(data)
        if b"\n" in data:
            raise CannotTrack(f"{typed} has a newline in its name, which .gitignore cannot express", "rename it")
        if pointer.is_pointer_path(data):
            raise CannotTrack(f"{typed} is a pointer itself", f"track {typed.removesuffix('.gitdata')} instead")
        if pointer.pointer_path(data) in known or data in wanted:
            raise CannotTrack(f"{typed} is tracked already", "its changes are recorded by `git commit`")
        wanted[data] = typed
    return wanted


def refuse_meeting(wanted: Mapping[bytes, str], known: Iterable[bytes]) -> None:
    """Refuse what cannot be tracked beside what is tracked and what is named before it."""
    pointers = {PointerPath.of_data(data): typed for data, typed in wanted.items()}
    others = list(map(PointerPath, known))
    if not clashes([*others, *pointers]).keys() & pointers.keys():
        return  # which is seen in one go; who meets whom is for the message alone
    for path, typed in pointers.items():
        for other in sorted(others):
            if path.data.startswith(other.data + b"/"):
                raise CannotTrack(
                    f"{typed} lies in {os.fsdecode(other.data)}, which is tracked", "it is versioned with it already"
                )
            if other.data.startswith(path.data + b"/"):
                raise CannotTrack(
                    f"{typed} contains {os.fsdecode(other.data)}, which is tracked",
                    f"untrack that first: `git data untrack {os.fsdecode(other.data)}`",
                )
        if (why := clashes([path, *others]).get(path)) is not None:
            raise _unfit(typed, why)
        others.append(path)


def _unfit(typed: str, why: str) -> CannotTrack:
    return CannotTrack(f"{typed} cannot be tracked: {why}", "give it another name, or move that out of the way")


def _read_control_files(place: Workspace, wanted: Collection[bytes]) -> None:
    """Raise what reading the files raises that are to be changed, before any is."""
    top = os.fsencode(place.repository.top)
    for file in {attributes.FILE, *(ignore_file(data) for data in wanted)} if wanted else ():
        control_files.read(top, file)


def _check(place: Workspace, data: bytes, typed: str, there: Held, *, create: bool) -> None:
    """Refuse what would be refused as a data root afterwards, and what Git has something to do with."""
    if there.submodule is not None:
        module = os.fsdecode(there.submodule)
        raise CannotTrack(f"{typed} lies in the submodule {module}", "track it from inside the submodule")
    if (why := obstacle(place.root(pointer.pointer_path(data)))) is not None:
        raise _unfit(typed, why)
    _check_file(place, data, typed, create=create)


def _refuse_absent(place: Workspace, inside: list[bytes]) -> None:
    """Files of a pattern whose content is not here: the text of a pointer must not become data."""
    held = pattern_files.staged(place)
    for path in inside:
        if path in held and pattern_files.left_as_pointer(place, held[path]):
            raise CannotTrack(f"{os.fsdecode(path)} is only a pointer here", "bring its content first: `git data pull`")


def _check_file(place: Workspace, data: bytes, typed: str, *, create: bool) -> None:
    full = os.path.join(os.fsencode(place.repository.top), data)
    try:
        mode = os.lstat(full).st_mode
    except FileNotFoundError:
        if create:
            return
        raise CannotTrack(f"{typed} does not exist", f"make it: `git data track --create {typed}`") from None
    except NotADirectoryError:
        raise CannotTrack(f"{typed} does not exist: a part of the path is a file", "check the path") from None
    if stat.S_ISLNK(mode):
        raise CannotTrack(f"{typed} is a symlink, and none is followed", BIG_DISK.format(name=typed))
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise CannotTrack(f"{typed} is neither a directory nor a file", "track a directory")
    if stat.S_ISDIR(mode) and os.path.lexists(os.path.join(full, b".git")):
        raise CannotTrack(f"{typed} is a Git repository itself", "track directories inside it, from inside it")


def _attributes(place: Workspace) -> None:
    top = os.fsencode(place.repository.top)
    control_files.write(top, attributes.FILE, attributes.with_filter(control_files.read(top, attributes.FILE)))
    git_pointers.add(place.git, attributes.FILE)
