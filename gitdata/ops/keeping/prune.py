"""Prune: take out of the store what nothing needs any more and, when asked, what a remote is proven to have."""

import contextlib
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from gitdata import durable
from gitdata.errors import DataMissing, Locked
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.git.work_trees import at_work, git_dirs
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, RootId
from gitdata.ops.following.keep_discarded import undo_days
from gitdata.ops.keeping.blobs_of import PORTION, Blobs, check_readable
from gitdata.ops.keeping.half_done import clear
from gitdata.ops.keeping.in_use import PRUNE_DAYS, InUse, Version, in_use
from gitdata.ops.keeping.proof import prove
from gitdata.ops.patterns.clean import settled
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.progress import SILENT, Progress
from gitdata.store.damage import LOST, table_of
from gitdata.store.database import batches
from gitdata.store.labelled import Labelled
from gitdata.store.locating import all_frames
from gitdata.store.locks import pruning_lock
from gitdata.store.loss_mark import note_loss
from gitdata.store.store import Store
from gitdata.store.thinning import Needs, Survey, survey, thin_out
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace
from gitdata.worktree import discarded
from gitdata.worktree.state import State

_For = Literal["checked out", "staying", "going"]
"""Who needs a chunk: a work tree or `git data undo`; other versions that stay; only versions that go."""

_DAY_S = 24 * 3600
_PATIENCE_S = 5.0
_PAUSE_S = 0.1


@frozen
class Wish:
    """What is asked for."""

    uploaded: bool = False  # also versions that a remote has, but for those that are checked out
    checked_out: bool = False  # these, too
    remote: str | None = None  # which; None: the default one
    only: frozenset[RootId] | None = None  # of what a remote has only these versions; None: all
    wait: bool = True  # for other processes


@frozen
class Gone:
    """A version of which something goes, as a remote has it."""

    path: bytes  # of the data
    root: bytes
    commit: str  # the first that has it
    last_s: int  # when it was current for the last time (since the epoch)
    size: int  # bytes in packs that it alone takes, or shares with those after it in the list


@frozen
class Pruned:
    """What went, or would go, and what stays; bytes are those of packs."""

    versions: int  # that a remote has and the store has not any more
    files: int  # files, links and trees of them
    packs: int  # removed
    rewritten: int  # packs written anew
    aside: int  # damaged packs that were set aside, and are of no use any more
    freed: int  # bytes
    kept: int  # bytes of all packs that stay
    checked_out: int  # bytes of them that work trees and their indexes need
    not_uploaded: int  # bytes of them that versions need which are not proven to be on a remote
    waiting: int  # versions that are not
    young: int  # bytes that nothing needs, recorded too lately to go, or which damaged pointers may need
    scattered: int  # bytes that nothing needs, in packs of which most is needed
    remote: str | None
    listed: tuple[Gone, ...] = ()  # these versions, those needed last first
    unknown: tuple[tuple[bytes, str], ...] = ()  # damaged pointers (path, commit): nothing goes for want of a name


def prune(place: Workspace, wish: Wish, *, dry: bool = False, progress: Progress = SILENT) -> Pruned:
    """Take out of the store what nothing names that was recorded before `gitdata.pruneDays`, and what is wished.

    With `dry` nothing is changed. What is proven to be on a remote, right now, comes back when a checkout needs it.
    Raises `Locked`, and leaves everything as it is, while other processes record or push, and what connecting raises.
    """
    with place.open_store() as store:
        settled(place, store)
        name, proven = _proven(place, store, wish, progress)
        with _alone(place, wish) if not dry else contextlib.nullcontext():
            used = in_use(place, progress)
            plan = _Plan(place, store, used, proven, wish)
            found = survey(store, plan.needs)
            told = plan.told(found, name)
            if dry:
                return told
            return _carry_out(place, store, plan, found, told, progress)


def _proven(place: Workspace, store: Store, wish: Wish, progress: Progress) -> tuple[str | None, frozenset[RootId]]:
    """The remote, and the versions that it has now and this clone may do without."""
    if not wish.uploaded:
        return None, frozenset()
    chosen = configured.choose(place, wish.remote)
    uses = ("checked out", "commits", "reflog") if wish.checked_out else ("commits", "reflog")
    used, blobs = in_use(place, progress), Blobs(store)
    for one in used.of("checked out", "undo") if not wish.checked_out else ():
        for _portion in blobs.add(one.value):
            pass
    wanted = [one for one in used.of(*uses) if wish.only is None or one.root in wish.only]
    versions = list({one.root: _needed(one) for one in wanted if _has_more(store, blobs, one)}.values())
    if not versions:
        return chosen.name, frozenset()
    try:
        remote = connect(place, chosen)
    except DataMissing:  # nothing was pushed there yet
        return chosen.name, frozenset()
    proof = prove(place, remote, store, list(reversed(versions)), progress, by_others=False)
    return chosen.name, frozenset(one.root for one in versions) - proof.broken


def _needed(one: Version) -> Needed:
    return Needed(one.path, one.commit, one.said, one.root)


def _has_more(store: Store, blobs: Blobs, one: Version) -> bool:
    """Whether something is in the store that a version has and those have not that were looked at."""
    return any(store.has(portion) for portion in Blobs(store, before=blobs).add(one.value))


def _is_here(store: Store, one: Version) -> bool:
    """Whether something of a version is in the store."""
    if one.said.tree_root is not None:
        return bool(store.has([BlobId(one.root)]))
    return bool(store.has(entry.id for entry in (one.value.listing or {}).values()))


@contextlib.contextmanager
def _alone(place: Workspace, wish: Wish) -> Iterator[None]:
    """While the block runs nobody records or pushes anything, in any work tree, nor is Git in the middle of it."""
    dirs = git_dirs(place.repository.common_dir)
    deadline = time.monotonic() + (_PATIENCE_S if wish.wait else 0.0)
    while True:
        with contextlib.ExitStack() as stack:
            for one in dirs:
                stack.enter_context(State(one / "gitdata").locked(wait=wish.wait))
            lock = pruning_lock(place.store_directory)
            stack.enter_context(durable.lock(lock, wait=wish.wait, wait_s=_PATIENCE_S))
            # A Git command may have been told just now that something is here, and write it down in a moment.
            if (busy := at_work(dirs)) is None:
                yield
                return
        if time.monotonic() >= deadline:
            raise Locked(
                f"{busy} is there: Git is at work",
                "wait for it to end; of a lock that was left behind `git add` says what to do",
            )
        time.sleep(_PAUSE_S)  # without our locks, for which it may be waiting


class _Plan:
    """What stays, and for whom."""

    def __init__(self, place: Workspace, store: Store, used: InUse, proven: frozenset[RootId], wish: Wish) -> None:
        self.store, self.used = store, used
        here = {(one.path, one.root) for one in used.of("checked out", "undo")}
        spared = proven if wish.checked_out else proven - {root for _path, root in here}
        spared -= {one.root for one in used.of("undo")}
        self.going = [one for one in used.versions if one.root in spared]
        self._named = Labelled[_For]()
        blobs = Blobs(store)
        self._name(blobs, (one for one in used.of("checked out", "undo") if one.root not in spared), "checked out")
        more: Iterable[BlobId] = used.blobs
        if wish.checked_out:
            more = (blob for one in used.of("checked out") for blob in blobs.folders(one.value))
        for some in batches(more, PORTION):
            self._named.add(store.chunks_of(some), "checked out")
            blobs.seen.update(some)
        staying = [one for one in used.of("commits", "reflog") if one.root not in spared]
        self._name(blobs, staying, "staying")
        self.waiting = sum(1 for one in staying if _is_here(store, one))
        check_readable(store, blobs)
        self.listed: list[Gone] = []
        going = self._beyond(blobs)
        self.files = len(going)
        days = place.config.integer("gitdata.pruneDays", PRUNE_DAYS)
        self.lossy = wish.checked_out and bool(proven)
        self.undo_ns = int((time.time() - undo_days(place) * _DAY_S) * 10**9)
        needed, elsewhere = self._named.having("checked out", "staying"), self._named.having("going")
        # What a damaged pointer has named nobody can tell: it may be anything that nothing else names.
        young_s = time.time() - days * _DAY_S if not used.unknown else -float("inf")
        self.needs = Needs(needed, blobs.seen, going, elsewhere, young_s)

    def _beyond(self, blobs: Blobs) -> IdTable[BlobId]:
        """What is here of the versions that go and that nothing else needs; they are listed."""
        going, beyond = IdTable[BlobId](), Blobs(self.store, before=blobs)
        for one in self.going:
            size, new = 0, False
            for portion in beyond.add(one.value):
                found = self.store.has(portion)
                fresh = {chunk for chunk in self.store.chunks_of(found) if chunk not in self._named}
                size += sum(where.stored for where in self.store.locate(fresh).values())
                self._named.add(fresh, "going")
                going.update(found)
                new = new or bool(found)
            if new:
                path = data_path(one.path) if is_pointer_path(one.path) else one.path
                self.listed.append(Gone(path, one.root, one.commit, one.last_s, size))
        return going

    def _name(self, blobs: Blobs, versions: Iterable[Version], what: "_For") -> None:
        for one in versions:
            for portion in blobs.add(one.value):
                self._named.add(self.store.chunks_of(portion), what)

    def told(self, found: Survey, name: str | None) -> Pruned:
        """What will have been done."""
        stored = self._named.stored(all_frames(self.store.packs(), self.store.table))
        return Pruned(
            versions=len(self.listed),
            files=self.files,
            packs=len(found.gone),
            rewritten=len(found.partly),
            aside=0,
            freed=found.freed,
            kept=sum(self.store.packs().values()) - found.freed,
            checked_out=sum(size for named, size in stored.items() if "checked out" in named),
            not_uploaded=stored.get(frozenset({"staying"}), 0),
            waiting=self.waiting,
            young=found.young,
            scattered=found.left,
            remote=name,
            listed=tuple(self.listed),
            unknown=tuple(self.used.unknown),
        )


def _carry_out(place: Workspace, store: Store, plan: _Plan, found: Survey, told: Pruned, progress: Progress) -> Pruned:
    # What is remembered of the store must not say more than it will have.
    for state in plan.used.states:
        shutil.rmtree(state.directory / "served", ignore_errors=True)
        discarded.drop_before(state.directory / discarded.FOLDER, plan.undo_ns)
    if plan.lossy:
        note_loss(store.directory)
    freed = thin_out(store, found, progress)
    clear(git_dirs(place.repository.common_dir))
    aside = [file for file in store.mender.lost() if _is_useless(store, file, plan.needs)]
    freed += sum(store.mender.discard(file) for file in aside)
    return replace(told, freed=freed, aside=len(aside), kept=sum(store.packs().values()))


def _is_useless(store: Store, aside: Path, needs: Needs) -> bool:
    """Whether a damaged pack that was set aside is old, and everything of it is here or needed by nothing."""
    lost = store.mender.lost().get(aside)
    if lost is None:
        table = table_of(aside)
        lost = frozenset(frame.chunk for frame in table.frames) if table is not None else None
    if lost is None or not needs.chunks.isdisjoint(lost - store.known_chunks(lost)):
        return False
    file = aside if aside.exists() else aside.with_suffix(LOST)
    return file.stat().st_mtime <= needs.young_s
