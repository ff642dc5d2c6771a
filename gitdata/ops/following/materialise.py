"""Materialise: make the data in the work tree what the pointers say, losing nothing."""

import contextlib
import os
from collections.abc import Collection, Iterable

from gitdata.disk_errors import explain
from gitdata.errors import BadPointer, DataMissing, GitDataError, Unfinished
from gitdata.formats.names import parents
from gitdata.formats.tree import Listing
from gitdata.formats.unrecorded import base_of, is_unrecorded
from gitdata.git import ignore
from gitdata.ops.following.bring_new import bring_new, is_new
from gitdata.ops.following.crossing import came_back
from gitdata.ops.following.forced import Parts, narrowed
from gitdata.ops.following.keep_discarded import keep_discarded
from gitdata.ops.following.moved import Materialised, Moved
from gitdata.ops.following.outdated import outdated
from gitdata.ops.following.resumed import resumed, with_earlier, with_shown
from gitdata.ops.following.taken import taken
from gitdata.ops.following.write_out import without, write_out
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace
from gitdata.worktree import materialise as writing
from gitdata.worktree import merging, pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.merging import Changes
from gitdata.worktree.root_changes import RootChanges, entry_of
from gitdata.worktree.snapshot import Snapshot, observe


@frozen
class _How:
    """What is asked for."""

    crossed: bool  # the pointer comes from a commit in which Git itself had the files
    force: bool
    careful: bool
    fit: bool  # what is outside of the part goes


def materialise(  # noqa: PLR0913 - what was asked for
    place: Workspace,
    paths: Iterable[bytes],
    *,
    force: bool = False,
    careful: bool = False,
    back: Collection[bytes] = (),
    fit: bool = False,
    progress: Progress = SILENT,
) -> Materialised:
    """Bring the data of each pointer to what it says; one that fails does not stop the others.

    Local edits are kept (and reported when the target wants something else); `force` replaces them
    after saving them to the store. With `careful`, data with such edits is left alone altogether.
    `back` are pointers that have come back from a commit in which Git itself had the files: what is missing is
    Git's doing, and comes back with them.
    With `fit` unchanged files go that are outside of the part which this work tree takes.
    Missing blobs are fetched before the first file is touched. What somebody edits while this is at work stays
    too, also with `force`: it is reported like other local edits.
    """
    paths = list(paths)
    todo = paths if force or fit else [*outdated(place, paths, restore=True), *(path for path in paths if path in back)]
    todo = list(dict.fromkeys(todo))
    if not todo:
        return Materialised(())
    done = []
    with progress.step("bringing data up to date"), place.state.locked(), place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        crossed = came_back(place, todo)
        for path in todo:
            try:
                done.append(_one(place, supply, path, _How(path in crossed, force, careful, fit)))
            except GitDataError as error:
                done.append(Moved(path, error=error))
            except OSError as error:
                done.append(Moved(path, error=explain(error, os.fsdecode(path) if error.filename is None else None)))
    return Materialised(tuple(done), supply.amount)


def _one(place: Workspace, supply: Supply, path: bytes, how: _How) -> Moved:
    root = place.root(path)
    text = _target(place, root, anyway=how.force or how.fit)
    if text is None:
        return Moved(path)
    need = Need(path, pointer_files.parse(path, text))
    if not is_new(root, need):
        return _among(place, supply, need, text, how)
    brought = bring_new(place, supply, need, text)
    if brought.error is None:
        _followed(place, root, text)
        place.state.set_served(path, text)  # all of it was looked up in the store before it was written
        if brought.edited or place.state.looked(root.path) is None:
            place.state.unset_looked()
    return Moved(path, brought.written, conflicts=brought.edited, error=brought.error)


def _among(place: Workspace, supply: Supply, need: Need, text: bytes, how: _How) -> Moved:
    """Bring data to what a pointer says where some of it, or something else, may be."""
    path, root, state, store = need.path, place.root(need.path), place.state, supply.store
    base: Listing | None
    shown = state.edits(path)
    force = how.force
    parts = None if how.crossed else narrowed(place, root, need.value, store, force=force, progress=supply.progress)
    if parts is not None:
        seen, target, base = parts.seen, parts.target, parts.base
    else:
        seen = observe(root, state, ignore.matcher(place.repository.top, root.path), progress=supply.progress)
        target = supply.listing(need, everything=not seen.present and root.within is None)
        base = _base(place, path, seen, supply, crossed=how.crossed)
    whole = target
    if root.within is not None:
        base, target = taken(place, root, text, (base, seen.listing, target), fit=how.fit)
    # For another part of the same version no edit goes, shown to Git or not.
    stay = how.fit and state.agrees(path, pointer_files.read(root) or b"")
    was = resumed(place, path, base if stay else with_shown(place, path, base, seen), seen.listing, store)
    before = _before(place, path, was.before, parts, (seen.listing, target), store) if force else was.before
    changes = _spare_ignored(root, merging.decide(before, seen.listing, target, force=force), seen, force=force)
    if base is None and not force:
        _refuse_strangers(root, seen, changes)
    elif not was.certain and not force and (changes.conflicts or changes.kept):
        raise Unfinished(
            f"{os.fsdecode(root.path)} differs from {os.fsdecode(path)} in "
            f"{len(changes.conflicts) + len(changes.kept)} files and it is not known which is newer",
            f"take the files as they are with `git data add {os.fsdecode(root.path)}`, "
            "or the recorded ones with `git data checkout --force`",
        )
    if how.careful and changes.conflicts:
        return Moved(path, conflicts=tuple(changes.conflicts))
    absent = dict(supply.files(need, changes.write))
    wanted, changes = changes.write, without(changes, absent)
    # A single file that is not taken leaves no directory in its place.
    job = RootChanges(root, changes, whole if need.value.form == "file" else target, seen)
    writing.check(job, store)
    saved = keep_discarded(place, job, [base], store, supply.progress)
    if place.part is not None:
        place.part.begin(path, root.path)
    state.begin(path, text)
    done = write_out(supply, need, job, state)
    edited, absent = done.edited, {**absent, **done.lost}
    if absent:
        # It stays on its way to this version: the next command goes on, and nothing is recorded.
        error = supply.absent(need, absent, wanted)
        return Moved(path, len(wanted.keys() - absent.keys()), len(changes.delete), saved, error=error)
    complete = base is not None and _stored(place, path, base, target, changes)
    _followed(place, root, text)
    if complete:
        state.set_served(path, text)
    if changes.conflicts or edited or stay or state.looked(root.path) is None:
        state.unset_looked()
    # Else the last look still counts: all that was written and deleted here is newer than it.
    written, deleted = (len(paths.keys() - set(edited)) for paths in (changes.write, changes.delete))
    later = tuple(changes.kept) if shown is not None and shown.found else ()
    left = _outside(place, root, seen, changes) if how.fit else ()
    return Moved(path, written, deleted, saved, tuple(sorted({*changes.conflicts, *edited})), later, left)


def _outside(place: Workspace, root: DataRoot, seen: Snapshot, changes: Changes) -> tuple[bytes, ...]:
    aim = place.aim(root)
    here = seen.listing.keys() - changes.delete.keys() if aim is not None else ()
    return tuple(sorted(path for path in here if aim is not None and not aim.holds(path)))


def _before(
    place: Workspace,
    path: bytes,
    base: Listing | None,
    parts: Parts | None,
    here_and_target: tuple[Listing, Listing],
    store: Store,
) -> Listing | None:
    """`base`, and what is here and was recorded in some version: it may go."""
    if parts is None:
        return with_earlier(place, path, base, *here_and_target, store)
    return {**(base or {}), **parts.earlier}


def _followed(place: Workspace, root: DataRoot, text: bytes) -> None:
    """Record that the data is what the pointer `text` says."""
    if is_unrecorded(pointer_files.read(root) or b""):
        pointer_files.write(root, text)  # the edits that it told of are gone
    if place.part is not None:
        place.part.end(root.pointer, root.path)
    place.state.set_base(root.pointer, text)
    place.state.set_edits(root.pointer, None)
    place.state.end(root.pointer)


def _target(place: Workspace, root: DataRoot, *, anyway: bool) -> bytes | None:
    """The text of the recorded pointer that the data is to be brought to; None when there is nothing to do.

    A pointer that tells of edits has not moved: its base is meant, if that is asked for or all of the data is gone.
    """
    text = pointer_files.read(root)
    base = place.state.base(root.pointer)
    if text is None or base is None or not is_unrecorded(text):
        return text
    if place.state.agrees(root.pointer, text) or base_of(text) == pointer_files.parse(root.pointer, base).root():
        return base if anyway or not os.path.lexists(root.full) or root.pointer in place.state.unfinished() else None
    return text


def _refuse_strangers(root: DataRoot, seen: Snapshot, changes: Changes) -> None:
    """Where this data never was, what lies in its place is a person's: nothing is put among it, nor is it recorded."""
    strange = [path for path in changes.kept if seen.listing[path].kind != "dir"]
    if not changes.conflicts and not strange:
        return
    name = os.fsdecode(root.path)
    found = [f"{len(changes.conflicts)} of its files differ"] if changes.conflicts else []
    found += [f"{len(strange)} are not in it"] if strange else []
    raise Unfinished(
        f"{name} is there already and not what {os.fsdecode(root.pointer)} says: {', '.join(found)}",
        f"move it away and run `git data checkout {name}`, or take it as it is with `git data add {name}`",
    )


def _base(place: Workspace, path: bytes, seen: Snapshot, supply: Supply, *, crossed: bool) -> Listing | None:
    """The listing of the base, or None when it is not known or there is nothing here to compare with it."""
    if crossed:  # what Git had here it has taken away; what is here and was not recorded stays
        base = _base(place, path, seen, supply, crossed=False) or {}
        return {name: entry for name, entry in base.items() if name in seen.listing}
    text = place.state.base(path)
    if text is None or not seen.present:
        return None
    try:
        value = pointer_files.parse(path, text)
    except BadPointer:
        return None
    try:
        return pointer_files.listing_of(value, supply.store)
    except DataMissing:
        with contextlib.suppress(GitDataError):
            return supply.listing(Need(path, value))
        return None


def _stored(place: Workspace, path: bytes, base: Listing, target: Listing, changes: Changes) -> bool:
    """Whether all of `target` is in the store: all of the base was, and what is written out came from there."""
    text = place.state.base(path)
    if text is None or not place.state.served(path, text):
        return False
    return all(base.get(name) == entry or name in changes.write for name, entry in target.items())


def _spare_ignored(root: DataRoot, changes: Changes, seen: Snapshot, *, force: bool) -> Changes:
    """Ignored files that stand where the target has one were never recorded: keep them, unless forced."""
    ignored = seen.scan.ignored
    clashes = [path for path in changes.write if path in ignored or parents([path]) & ignored] if ignored else []
    if not clashes:
        return changes
    if force:
        there = {path: entry for path in clashes if (entry := entry_of(root, path)) is not None}
        return replace(changes, overwritten={**changes.overwritten, **there})
    write = {path: entry for path, entry in changes.write.items() if path not in set(clashes)}
    return replace(changes, write=write, conflicts=sorted([*changes.conflicts, *clashes]))
