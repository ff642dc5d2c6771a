"""Record: put the data of the work tree into the store and its pointers into the commit being made."""

import os
from collections.abc import Iterable, Mapping

from gitdata.errors import DataMissing, UnsafeName
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.git import pointers as git_pointers
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.git.pointers import Staged
from gitdata.ops.recording.take_in import TakenIn, take_in, taking_in
from gitdata.ops.recording.tell_scripts import all_recorded, all_seen
from gitdata.ops.roots.known import roots
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.summary import Amount
from gitdata.values import field, frozen, mutable
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Recorded:
    """What recording did."""

    staged: tuple[bytes, ...] = ()  # pointers put into the index
    unstaged: tuple[bytes, ...] = ()  # pointers whose data differs from what is staged by hand: left alone
    behind: tuple[bytes, ...] = ()  # pointers that moved without their data: left alone
    absent: tuple[bytes, ...] = ()  # data that is not in this work tree
    read: Amount = Amount()  # files whose content was read, and what was new of it
    refused: tuple[UnsafeName, ...] = ()  # pointers whose data cannot lie where they say, and why
    alone: bool = False  # nothing else was staged: Git, having read its index before, finds nothing to commit


@mutable
class _Round:
    """What one pass over the data roots collects."""

    texts: dict[bytes, bytes] = field(default_factory=dict)
    absent: list[bytes] = field(default_factory=list)
    read: Amount = Amount()


def record(
    place: Workspace,
    paths: Iterable[bytes] | None = None,
    *,
    take: bool = False,
    seen: bool = False,
    progress: Progress = SILENT,
) -> Recorded:
    """Snapshot the data of `paths` (None: of every pointer in the index) and stage the new pointers.

    Data whose pointer moved without it is left alone: what is there belongs to another version, and
    must never be recorded over the pointer. With `take` the person named the paths: their data is
    taken as it is, and a pointer staged by hand is replaced. With `seen` live status has looked at all
    data just now: what it has stored as well is not looked at again.
    """
    listed = roots(place)
    staged = listed.pointers
    known = staged if paths is None else paths
    wanted = [path for path in known if take or pointer_files.read(place.root(path)) is not None]
    leave = set() if take else set(moved(place, wanted))
    _refuse_unrecorded(place, {path: staged[path] for path in leave & staged.keys()})
    with progress.step("recording data"), place.state.locked(), place.open_store() as store:
        started = place.state.now_ns()
        known_texts = _as_seen(place, wanted, leave) if seen else {}
        left_to_do = [path for path in wanted if path not in leave and path not in known_texts]
        found = _snapshots(place, left_to_do, store, progress)
        texts = {**known_texts, **found.texts}
        new = {path: text for path, text in texts.items() if path not in staged or not staged[path].has(text)}
        chosen = new if take else _automatic(place, staged, new)
        _refuse_unserved(place, store, {path: staged[path] for path in staged.keys() - chosen.keys() - leave}, texts)
        alone = (
            bool(chosen)
            and not take
            and place.git.ok("diff", "--cached", "--quiet", "--no-textconv", "--no-ext-diff", "--ignore-submodules")
        )
        if chosen:
            git_pointers.stage(place.git, chosen, _indexes(place))
        if leave or found.absent or set(wanted) != set(place.state.known()):
            place.state.unset_looked()
        elif left_to_do:
            all_seen(place, wanted, started)
        else:
            all_recorded(place, wanted)
    left = tuple(sorted(new.keys() - chosen.keys()))
    return Recorded(
        tuple(sorted(chosen)),
        left,
        tuple(sorted(leave)),
        tuple(found.absent),
        found.read,
        tuple(listed.refused.values()),
        alone,
    )


def moved(place: Workspace, paths: Iterable[bytes]) -> list[bytes]:
    """The pointers that are not their base although data is there, and those whose data was cut off half-way.

    A missing directory is "not here", which is no reason to fetch it for a commit.
    """
    return [path for path in paths if not _agrees(place, path) and os.path.lexists(place.root(path).full)]


def _agrees(place: Workspace, path: bytes) -> bool:
    text = pointer_files.read(place.root(path))
    return text is not None and place.state.agrees(path, text)


def _as_seen(place: Workspace, paths: Iterable[bytes], leave: set[bytes]) -> dict[bytes, bytes]:
    """The pointers whose data live status has found as it was recorded."""
    found = {}
    for path in paths:
        root, edits = place.root(path), place.state.edits(path)
        text = pointer_files.read(root)
        if text is not None and is_unrecorded(text):  # a look that was killed has told Git more than it remembers
            text = place.state.base(path) if edits is not None and edits.taken(text) else None
        elif edits is not None and not edits.recorded:
            text = None
        if path not in leave and text is not None and os.path.lexists(root.full) and place.state.served(path, text):
            found[path] = text
    return found


def _snapshots(place: Workspace, paths: list[bytes], store: Store, progress: Progress) -> _Round:
    """Look at the data of `paths`, store what is new, and write its pointers."""
    found = _Round()
    done: dict[bytes, TakenIn] = {}
    with EarlierTexts(place.git) as earlier, taking_in(place, store, earlier, progress) as into:
        for path in paths:
            taken = take_in(place, path, into)
            if taken is None:
                found.absent.append(path)
            else:
                done[path] = taken
                found.texts[path] = taken.text
    found.read = into.amount
    for path, text in found.texts.items():
        root = place.root(path)
        done[path].intake.remember()
        edits, base = place.state.edits(path), place.state.base(path)
        if edits is None or not edits.taken(pointer_files.read(root) or b"") or base != text:
            # Else Git has just taken it, and knows the pointer file as it is.
            replaced = pointer_files.write(root, text)
            place.state.set_edits(path, None)
            if replaced or base != text:
                place.state.set_base(path, text)
        if not place.state.served(path, text):
            place.state.set_served(path, text)
        place.state.end(path)  # the person has said that the data is right as it is
    return found


def _automatic(place: Workspace, staged: Mapping[bytes, Staged], new: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The pointers that a commit takes along by itself: not those the person has staged, nor where it is off.

    A commit of named paths takes what is named. With live status Git has seen the data edits by then,
    so nothing is to be added; without it the pointers have to be brought up to date here.
    """
    if not new or not place.config.boolean("gitdata.autostage", default=True) or (_partial(place) and place.live):
        return {}
    head = git_pointers.at_head(place.git)
    return {
        path: text
        for path, text in new.items()
        if path in staged and staged[path].stage == 0 and staged[path].oid == head.get(path)
    }


def _fresh(place: Workspace, staged: Mapping[bytes, Staged]) -> dict[bytes, bytes]:
    """The texts of those staged pointers that are not as in the last commit."""
    if not staged:
        return {}
    head = git_pointers.at_head(place.git)
    oids = {path: entry.oid for path, entry in staged.items() if entry.oid != head.get(path)}
    texts = git_pointers.read(place.git, oids.values())
    return {path: texts[oid] for path, oid in oids.items()}


def _refuse_unrecorded(place: Workspace, staged: Mapping[bytes, Staged]) -> None:
    """Refuse to commit pointers that tell of edits to other data than what is here, as if the filter had been off."""
    for path, text in _fresh(place, staged).items():
        if is_unrecorded(text):
            pointer_files.parse(path, text)  # raises what there is to say


def _refuse_unserved(
    place: Workspace, store: Store, staged: Mapping[bytes, Staged], texts: Mapping[bytes, bytes]
) -> None:
    """Refuse to commit pointers that were staged by hand and name data that nobody could ever bring back.

    What was recorded just now (`texts`) is stored; what is in the last commit is another person's matter.
    """
    doubtful = {path: entry for path, entry in staged.items() if path not in texts or not entry.has(texts[path])}
    for path, text in _fresh(place, doubtful).items():
        root = place.root(path)
        if staged[path].stage or not os.path.lexists(root.full):
            continue
        listing = pointer_files.listing_of(pointer_files.parse(path, text), store)
        ids = {
            entry.id
            for name, entry in listing.items()
            if entry.kind != "dir" and not (root.within is not None and root.within.is_absent(name, entry))
        }
        if missing := len(ids - store.has(ids)):
            raise DataMissing(
                f"the staged {os.fsdecode(path)} names {missing} files that were never stored",
                f"stage the data as it is now: `git data add {os.fsdecode(path.removesuffix(b'.gitdata'))}`",
            )


def _partial(place: Workspace) -> bool:
    """Whether Git is making a commit of named paths, for which it builds a temporary index."""
    return os.path.basename(place.index_file or "").startswith("next-index-")


def _indexes(place: Workspace) -> list[str | None]:
    # After a commit of named paths Git puts the file it holds as index.lock in the index's place:
    # a pointer staged only in the temporary index would be reverted by the next commit.
    return [None, str(place.repository.git_dir / "index.lock")] if _partial(place) else [None]
