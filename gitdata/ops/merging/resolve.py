"""Resolve: settle files that both sides of a merge changed, by taking one side's version of them."""

import os
from typing import Literal

from gitdata.errors import BadPointer, Conflict, GitDataError, Unfinished
from gitdata.formats import pointer
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Listing
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.ops.following.keep_discarded import keep_discarded
from gitdata.ops.following.materialise import materialise
from gitdata.ops.following.outdated import outdated
from gitdata.ops.following.resumed import resumed
from gitdata.ops.following.write_out import write_out
from gitdata.ops.merging.merge import ASIDE
from gitdata.ops.merging.sides import Sides, concerned
from gitdata.ops.roots.ignore_lines import keep_out
from gitdata.ops.roots.pointer_text import listing_limit
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import materialise as writing
from gitdata.worktree import merging, pointer_files
from gitdata.worktree.marked import still_marked
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.snapshot import Keep, complete, described, observe

Side = Literal["ours", "theirs"]
_STAGE = {"base": 1, "ours": 2, "theirs": 3}


@frozen
class Settled:
    """What became of one data root that was in conflict."""

    path: bytes  # of the data, relative to the top
    settled: tuple[bytes, ...]  # paths below the root that have one side's version now
    left: tuple[bytes, ...]  # paths that a person has still to look at; the pointer is staged when there is none
    edited: tuple[bytes, ...] = ()  # those of them that somebody changed while this was at work


@frozen
class Resolved:
    """Every data root that was in conflict and concerned."""

    roots: tuple[Settled, ...]

    @property
    def error(self) -> Conflict | None:
        """A `Conflict` naming files that were not replaced because somebody changed them meanwhile."""
        names = [os.fsdecode(root.path + (b"/" + path if path else b"")) for root in self.roots for path in root.edited]
        if not names:
            return None
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return Conflict(
            f"kept edits made meanwhile: {', '.join(names[:3])}{more}",
            "keep them with `git data add`, or run the command again",
        )


def resolve(place: Workspace, side: Side, paths: list[str], progress: Progress = SILENT) -> Resolved:
    """Take `side` for the files in conflict that `paths` mean (none: all of them), here and in the pointer.

    A root without conflicts left is staged. What is replaced and nowhere else is put into the store first.
    Raises `UsageError` for a path that is not in conflict.
    """
    with place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        found = {path: one for path, one in concerned(place, supply, paths).items() if one.files}
        kept = {path: one for path, one in found.items() if _STAGE[side] in one.sides.texts}
        _catch_up(place, list(kept), progress)
        done = []
        for path, one in kept.items():
            with place.state.locked():
                done.append(_settle(place, supply, path, one.sides, one.files, side))
    done += [_remove(place, path, progress) for path in found.keys() - kept.keys()]
    return Resolved(tuple(sorted(done, key=lambda root: root.path)))


def _catch_up(place: Workspace, paths: list[bytes], progress: Progress) -> None:
    """Let data follow the merged pointer first, where it has not: what is of another version is no edit of this one."""
    behind = outdated(
        place, [path for path in paths if _is_pointer(pointer_files.recorded(place.root(path), place.state))]
    )
    error = materialise(place, behind, progress=progress).error
    if error is not None:
        raise error


def _settle(
    place: Workspace, supply: Supply, path: bytes, sides: Sides, files: tuple[bytes, ...], side: Side
) -> Settled:
    """Put one side's version of `files` in place, and stage the pointer when nothing is left to decide."""
    root, store = place.root(path), supply.store
    stage = _STAGE[side]
    with store.ingest(supply.progress) as ingest:
        rules = ignore.matcher(place.repository.top, root.path)
        seen = observe(root, place.state, rules, Keep(ingest), supply.progress)
    start: Listing = seen.listing
    before: Listing | None = seen.listing
    recorded = pointer_files.recorded(root, place.state)
    version = sides.merged
    if recorded is not None and _is_pointer(recorded):
        version = supply.listing(Need(path, pointer_files.parse(path, recorded))) if root.within is not None else {}
    else:
        # Git merged the text by itself and left its markers: the data is still that of our side.
        was = resumed(place, path, sides.listings.get(2, {}), seen.listing, store)
        if not was.certain:
            raise Unfinished(
                f"the data of {os.fsdecode(path)} is only half in place", "take it as it is: `git data add`"
            )
        start, before = sides.merged, was.before
        if root.within is not None:
            start = root.within.counted(start, seen.listing)
            before = root.within.counted(before or {}, seen.listing)
    left_out = root.within.beside(version, seen.listing) if root.within is not None else {}
    left_out = {name: entry for name, entry in left_out.items() if not _is_among(name, files)}
    target = dict(start)
    for file in files:
        _take(target, file, sides, stage)
    changes = merging.decide(before, seen.listing, target)
    need = Need(path, pointer_files.parse(path, sides.texts[stage]))
    if absent := supply.files(need, changes.write):
        raise supply.absent(need, absent, changes.write)
    job = RootChanges(root, changes, target, seen)
    writing.check(job, store)
    keep_discarded(place, job, list(sides.listings.values()), store, supply.progress)
    after = {**left_out, **target}
    text = pointer_files.text_for(after, list(sides.texts.values()), listing_limit(place))
    with store.ingest() as ingest:
        complete(root, described(after), store, ingest)
    place.state.begin(path, text)
    done = write_out(supply, need, job, place.state)
    if done.lost:
        raise supply.absent(need, done.lost, changes.write)
    edited = done.edited
    pointer_files.write(root, text)
    place.state.set_base(path, text)
    place.state.set_edits(path, None)
    place.state.end(path)
    place.state.unset_looked()
    left = tuple(sorted({*_left(store, after, sides, files), *edited}))
    if not left:
        git_pointers.stage(place.git, {path: text})
        if {2, 3} - sides.texts.keys():
            keep_out(place, root.path)  # the merge has taken the line away, as the other side did
    return Settled(root.path, files, left, tuple(edited))


def _is_among(name: bytes, files: tuple[bytes, ...]) -> bool:
    return any(name == file or name.startswith(file + b"/") for file in files)


def _take(target: Listing, file: bytes, sides: Sides, stage: int) -> None:
    """Make `file`, or what is below it, what it is on one side; the version that the merge put aside goes."""
    for path in [path for path in target if path == file or path.startswith(file + b"/")]:
        del target[path]
    for suffix, other in ASIDE.items():
        aside = file + suffix
        if aside in target and target[aside] == sides.listings.get(_STAGE[other], {}).get(file):
            del target[aside]
    target.update(
        (path, entry) for path, entry in sides.listings[stage].items() if path == file or path.startswith(file + b"/")
    )


def _left(store: Store, target: Listing, sides: Sides, files: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The conflicts that nobody has settled: markers are in it, the other version lies beside, or one side has none."""
    left = []
    for file in sides.conflicts:
        ours, theirs = (sides.listings.get(stage, {}).get(file) for stage in (2, 3))
        aside = any(
            target.get(file + suffix) == sides.listings.get(_STAGE[other], {}).get(file) is not None
            for suffix, other in ASIDE.items()
        )
        aside = aside or (file in sides.marked and still_marked(store, target.get(file), sides.marked[file]))
        if file not in files and (aside or ours is None or theirs is None):
            left.append(file)
    return tuple(left)


def _is_pointer(text: bytes | None) -> bool:
    try:
        return text is not None and bool(pointer.parse(text).form)
    except BadPointer:
        return False


def _remove(place: Workspace, path: bytes, progress: Progress) -> Settled:
    """The side that was taken has no such root: the pointer goes, and its data with it."""
    git_pointers.remove(place.git, [path])
    pointer_files.remove(place.root(path))
    done = materialise(place, [path], progress=progress)
    if isinstance(done.error, GitDataError):
        raise done.error
    return Settled(data_path(path), (b"",), ())
