"""Follow renames: data whose pointer was renamed or taken away goes where its pointer went."""

import errno
import os
from typing import Literal

from gitdata.errors import GitDataError
from gitdata.git import ignore
from gitdata.git.listing import left_out
from gitdata.git.tracked import Held, held
from gitdata.ops.following.keep_discarded import keep_discarded
from gitdata.ops.following.resumed import resumed, with_shown
from gitdata.ops.roots.ignore_lines import keep_ignored
from gitdata.ops.roots.known import roots
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import materialise as writing
from gitdata.worktree import merging, pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import digest
from gitdata.worktree.places import move
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.snapshot import observe


@frozen
class Given:
    """A data root whose pointer went because Git itself tracks files in its place."""

    pointer: bytes
    stay: tuple[bytes, ...] = ()  # files, relative to the top, that Git does not track there and nobody has recorded


@frozen
class FollowedRenames:
    """What was done; pointer paths."""

    renamed: tuple[tuple[bytes, bytes], ...] = ()  # from, to
    removed: tuple[bytes, ...] = ()  # the data went with its pointer
    kept: tuple[bytes, ...] = ()  # the pointer is gone, the data stays: it has edits that no version has
    given: tuple[Given, ...] = ()  # Git itself tracks the files now


def follow_renames(place: Workspace, *, wait: bool = True, progress: Progress = SILENT) -> FollowedRenames:
    """Let data follow pointers that are not in the work tree any more.

    A renamed pointer (`git mv`) takes its data along. One that Git took away (another commit, `git rm`, a sparse
    checkout) takes unchanged data with it, as Git does with files; its content is in the store before anything is
    deleted. Files that Git itself tracks in its place are Git's, and stay. A pointer that somebody deleted without
    telling Git changes nothing. Raises `Locked` when another process is at work and `wait` is false.
    """
    known = {*place.state.known(), *place.state.unfinished()}
    missing = sorted(path for path in known if not os.path.lexists(place.root(path).pointer_full))
    # By an index that Git has for a moment only nothing is decided.
    if not missing or not place.usual_index:
        return FollowedRenames()
    found = roots(place)
    staged = found.pointers.keys() | found.refused
    hidden = left_out(place.git, missing)
    gone = [path for path in missing if path not in staged or path in hidden]
    if not gone:
        return FollowedRenames()
    with progress.step("letting data follow its pointers"), place.state.locked(wait=wait):
        there = {path: where for path in gone if (where := _gits(place, path)).files or where.submodule is not None}
        gone = [path for path in gone if path not in there]
        renamed = _rename(place, [path for path in gone if path not in hidden], list(found.pointers))
        moved = {old for old, _new in renamed}
        with place.open_store() as store:
            fates = {path: _remove(place, path, store) for path in gone if path not in moved}
            given = tuple(Given(path, _give(place, path, where, store)) for path, where in there.items())
    removed, kept = ([path for path, fate in fates.items() if fate == wanted] for wanted in ("removed", "kept"))
    return FollowedRenames(tuple(renamed), tuple(removed), tuple(kept), given)


def _gits(place: Workspace, path: bytes) -> Held:
    data = place.root(path).path
    return held(place.git, [data])[data]


def _rename(place: Workspace, gone: list[bytes], staged: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Move data and state from pointers that are gone to new ones that say the same."""
    fresh = {path: pointer_files.read(place.root(path)) for path in staged if place.state.base(path) is None}
    renamed = []
    for old in gone:
        new = next((path for path, found in fresh.items() if found is not None and _tells(place, old, found)), None)
        if new is None:
            continue
        here, there = place.root(old), place.root(new)
        if os.path.lexists(here.full):
            if os.path.lexists(there.full):
                continue
            if not _moved(here, there):
                continue
        elif not os.path.lexists(there.full):
            continue
        if place.part is not None:
            place.part.renamed(old, new)
        place.state.rename(old, new)
        del fresh[new]
        renamed.append((old, new))
    if renamed:
        place.state.unset_looked()
        keep_ignored(place, stage=False)
    return renamed


def _moved(here: DataRoot, there: DataRoot) -> bool:
    """Move the data; not where it is mounted, or to another disk: then it goes from here and is written there."""
    try:
        return move(here.top, here.path, there.path)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV):
            raise
        return False


def _tells(place: Workspace, old: bytes, text: bytes) -> bool:
    """Whether a pointer of this text is what git-data has left at `old`."""
    edits = place.state.edits(old)
    return text == place.state.base(old) or (edits is not None and digest(text) == edits.told)


def _remove(place: Workspace, path: bytes, store: Store) -> Literal["removed", "kept", "absent"]:
    """Delete the data of a pointer that is gone, when it is as it was recorded; what was done."""
    root, text = place.root(path), place.state.base(path)
    try:
        seen = observe(root, place.state, ignore.matcher(place.repository.top, root.path))
        base = (
            pointer_files.listing_of(pointer_files.parse(path, text), store)
            if seen.present and text is not None
            else {}
        )
        base = base if root.within is None else root.within.counted(base, seen.listing)
    except GitDataError:  # not to be read completely, or no longer known: what cannot be compared is not removed
        return "kept"
    was = resumed(place, path, with_shown(place, path, base, seen), seen.listing, store).before or {}
    # Of what was cut off on its way to another version some is missing; what is here has to be of one of them.
    whole = path in place.state.unfinished() or was.keys() <= seen.listing.keys()
    if not whole or any(was.get(name) != entry for name, entry in seen.listing.items()):
        return "kept"
    if seen.present:
        job = RootChanges(root, merging.decide(seen.listing, seen.listing, {}), {}, seen)
        keep_discarded(place, job, [base], store)
        if writing.edited(job):  # to look at all of it and to save what was nowhere else takes its time
            return "kept"
        # First the state: a run that is killed then leaves files that nobody takes for a version with deletions.
        place.state.forget(path)
        if writing.take_away(job):
            place.state.unset_looked()
            return "kept"
    place.state.forget(path)
    place.state.unset_looked()
    return "removed" if seen.present else "absent"


def _give(place: Workspace, path: bytes, there: Held, store: Store) -> tuple[bytes, ...]:
    """Leave to Git what it tracks in the place of data, and delete what was recorded beside it; what else stays.

    Git has written its files already. What it does not have goes as with any other pointer that Git took away, and
    what is not as it was recorded is an untracked file now.
    """
    root, text = place.root(path), place.state.base(path)
    if there.submodule is not None or root.path in there.files or text is None:
        return _forget(place, path)  # nothing in there is ours
    theirs = {name.removeprefix(root.path + b"/") for name in there.files}
    rules = ignore.matcher(place.repository.top, root.path)

    def left_alone(name: bytes, is_directory: bool) -> bool:
        return name in theirs or (rules is not None and rules(name, is_directory))

    try:
        seen = observe(root, place.state, left_alone)
        base = pointer_files.listing_of(pointer_files.parse(path, text), store)
    except GitDataError:  # what cannot be compared stays
        return _forget(place, path)
    was = resumed(place, path, with_shown(place, path, base, seen), seen.listing, store).before or {}
    # Also if a look has told Git of it: a file that no version has is untracked there, and Git leaves it.
    mine = {name: entry for name, entry in seen.listing.items() if was.get(name) == entry and name in base}
    others = sorted(name for name in seen.listing.keys() - mine.keys() if seen.listing[name].kind != "dir")
    job = RootChanges(root, merging.decide(mine, mine, {}), {}, seen)
    keep_discarded(place, job, [base], store)
    _forget(place, path)
    return tuple(root.path + b"/" + name for name in sorted({*others, *writing.take_away(job)}))


def _forget(place: Workspace, path: bytes) -> tuple[bytes, ...]:
    place.state.forget(path)
    place.state.unset_looked()
    return ()
