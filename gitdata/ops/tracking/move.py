"""Move: a data root gets another name, with its pointer, its line in `.gitignore` and what the index has of it."""

import errno
import os
from collections.abc import Collection

from gitdata.errors import CannotTrack, NotTracked, Unfinished
from gitdata.formats.names import check_path
from gitdata.formats.pointer import data_path, is_pointer_path, pointer_path
from gitdata.formats.pointer_path import PointerPath
from gitdata.git import pointers as git_pointers
from gitdata.git.tracked import held, in_commit
from gitdata.ops.roots.ignore_lines import is_kept_out, keep_out, stop_ignoring
from gitdata.ops.roots.known import roots
from gitdata.ops.roots.moved_by_hand import Known
from gitdata.ops.roots.typed_paths import from_top
from gitdata.ops.tracking.track import refuse_meeting
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import places
from gitdata.worktree.data_root import DataRoot, obstacle


@frozen
class MovedRoot:
    """What got another name; paths of data, relative to the top."""

    old: bytes
    new: bytes
    data: bool  # the data was moved now; else it had been already, or is not here
    unstaged: int = 0  # files of it that Git itself would have got with the next commit


def move(place: Workspace, source: str, target: str) -> MovedRoot:
    """Give the data root `source` the path `target`, or that below `target` when this is a directory.

    Also where the data was moved by hand before. What `git mv` refuses is refused, before anything is touched: raises
    `NotTracked`, `CannotTrack`, `Unfinished`, `UnsafeName`, `GitFailed`.
    """
    if (done := _finished(place, source, target)) is not None:
        return done
    old = place.root(_pointer(place, source))
    new = place.root(PointerPath.of_data(_destination(place, old, source, target)))
    here = os.path.lexists(old.full)
    staged = _check(place, old, new, target, here=here)
    words = ("mv", "--", os.fsdecode(old.pointer), os.fsdecode(new.pointer))
    place.git.run("mv", "-n", *words[1:])
    # At no moment is the data for Git to take, nor after it if this is cut off.
    keep_out(place, new.path, folder=here and os.path.isdir(old.full))
    with place.state.locked():
        if here:
            _move(place, old, new, target)
        place.git.run(*words)
        if place.state.base(old.pointer) is not None:
            if place.part is not None:
                place.part.renamed(old.pointer, new.pointer)
            place.state.rename(old.pointer, new.pointer)
        place.state.unset_looked()
    if staged:
        place.filtering.run("rm", "-r", "-q", "--cached", "--", f":(top,literal){os.fsdecode(new.path)}")
    stop_ignoring(place, old.path)
    keep_out(place, new.path)
    return MovedRoot(old.path, new.path, here, len(staged))


def _finished(place: Workspace, source: str, target: str) -> MovedRoot | None:
    """What was moved before, by the same words that were cut off when Git had the pointer in its new place.

    What was left to do is done now; None when nothing was.
    """
    old, first = (from_top(place, word.rstrip("/") or word) for word in (source, target))
    if os.path.lexists(place.repository.top / os.fsdecode(old)) or not is_kept_out(place, old):
        return None
    known = git_pointers.in_index(place.git.whole).pointers.keys()
    if is_pointer_path(old) or pointer_path(old) in known:
        return None
    for new in (first, first + b"/" + old.rpartition(b"/")[2]):
        if pointer_path(new) in known and os.path.lexists(place.repository.top / os.fsdecode(new)):
            keep_out(place, new)
            stop_ignoring(place, old)
            place.state.unset_looked()
            return MovedRoot(old, new, data=True)
    return None


def _pointer(place: Workspace, source: str) -> PointerPath:
    wanted = from_top(place, source.rstrip("/") or source)
    path = wanted if is_pointer_path(wanted) else pointer_path(wanted)
    found = roots(place)
    if path in found.refused:
        raise found.refused[path]
    if path not in found.pointers:
        raise NotTracked(f"{source} is not tracked data", "what Git itself tracks is moved by `git mv`")
    if found.pointers[path].stage:
        raise Unfinished(f"{source} is in conflict", "settle it first: `git data resolve`")
    if not os.path.lexists(place.root(path).pointer_full):
        name = os.fsdecode(path)
        raise Unfinished(f"{name} is not in the work tree", f"bring it back first: `git restore {name}`")
    return PointerPath(path)


def _destination(place: Workspace, old: DataRoot, source: str, target: str) -> bytes:
    """Where `target` means, which may be the directory to move into, or what was moved by hand."""
    wanted = from_top(place, target.rstrip("/") or target)
    wanted = data_path(wanted) if is_pointer_path(wanted) else wanted
    full = os.path.join(old.top, wanted)
    inside = wanted + b"/" + old.path.rpartition(b"/")[2]
    if wanted == old.path or not os.path.lexists(full):
        return wanted
    is_folder = os.path.isdir(full) and not os.path.islink(full)
    if os.path.lexists(old.full):
        return inside if is_folder else wanted
    known = Known.of(place, old)
    fits = [path for path in (wanted, inside) if known.is_at(place, path)]
    if not fits:
        raise CannotTrack(
            f"{source} is not here, and {target} does not have its files",
            f"bring it first: `git data pull {source}`; or move the pointer alone: `git mv`",
        )
    return fits[0]


def _check(place: Workspace, old: DataRoot, new: DataRoot, target: str, *, here: bool) -> Collection[bytes]:
    """Refuse what cannot be the new place; the files in it that are staged and that no commit has."""
    check_path(new.path)
    if b"\n" in new.path:
        raise CannotTrack(f"{target} has a newline in its name, which .gitignore cannot express", "take another name")
    if new.path == old.path or new.path.startswith(old.path + b"/"):
        raise CannotTrack(f"{os.fsdecode(old.path)} cannot be moved into itself", "name another place")
    known = git_pointers.in_index(place.git.whole).pointers.keys() - {old.pointer}
    name = os.fsdecode(new.path)
    if new.pointer in known or os.path.lexists(new.pointer_full):
        raise CannotTrack(f"{name} has a pointer already: {os.fsdecode(new.pointer)}", "name another place")
    if here and os.path.lexists(new.full):
        raise CannotTrack(f"{name} is there already", "name another place, or move that out of the way")
    refuse_meeting({new.path: name}, known)
    parent = os.path.dirname(new.full)
    if not os.path.isdir(parent):
        raise CannotTrack(f"{name} lies in a directory that does not exist", f"make it: `mkdir -p {_folder(new)}`")
    if (why := obstacle(new)) is not None:
        raise CannotTrack(f"{name} cannot be tracked: {why}", "name another place, or move that out of the way")
    there = held(place.git, [new.path])[new.path]
    if there.submodule is not None:
        raise CannotTrack(f"{name} lies in the submodule {os.fsdecode(there.submodule)}", "name another place")
    if there.files and in_commit(place.git, "HEAD", [new.path]):
        raise CannotTrack(f"{name}: Git itself tracks files there", "name another place, or move them out of the way")
    return there.files


def _folder(root: DataRoot) -> str:
    return os.fsdecode(root.path.rpartition(b"/")[0])


def _move(place: Workspace, old: DataRoot, new: DataRoot, target: str) -> None:
    try:
        done = places.move(old.top, old.path, new.path)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        stop_ignoring(place, new.path)
        raise CannotTrack(
            f"{os.fsdecode(old.path)} is mounted, or {target} is on another disk",
            "move the files by hand, then run the same command again",
        ) from error
    if not done:
        raise CannotTrack(f"{os.fsdecode(new.path)} is there already", "name another place")
