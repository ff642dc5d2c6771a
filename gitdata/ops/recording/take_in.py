"""Take in: look at all the data of one root and store what is new; what its pointer is to be."""

import contextlib
from collections.abc import Iterator

from gitdata.errors import BadPointer, FileChanging, Unreadable
from gitdata.formats.pointer import Pointer, form_of
from gitdata.git import ignore
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.interrupts import Interrupted, postponed
from gitdata.ops.roots.pointer_text import pointer_text
from gitdata.progress import SILENT, Progress
from gitdata.store.ingest import Ingest
from gitdata.store.store import Store
from gitdata.summary import Amount
from gitdata.values import field, frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.intake import Intake
from gitdata.worktree.snapshot import Keep, remember_part


@frozen
class Into:
    """Where it goes, and the texts that pointers had before."""

    store: Store
    ingest: Ingest
    earlier: EarlierTexts
    kept: dict[bytes, Keep] = field(default_factory=dict)  # by pointer
    begun: list[Intake] = field(default_factory=list)

    def keep(self, path: bytes) -> Keep:
        """Where that of the pointer at `path` goes."""
        return self.kept.setdefault(path, Keep(self.ingest))

    @property
    def amount(self) -> Amount:
        """What was read, and what it took in the store, once that is published."""
        return Amount(self.ingest.files, self.ingest.size, self.ingest.stored)


@frozen
class TakenIn:
    """A root that is here."""

    text: bytes  # the pointer for it
    intake: Intake  # to be remembered once the ingest is published


@contextlib.contextmanager
def taking_in(place: Workspace, store: Store, earlier: EarlierTexts, progress: Progress = SILENT) -> Iterator[Into]:
    """What goes in is published when the block ends well.

    Cut off by an interrupt, or by files that could not be read, it is published as far as it came, and the stat cache
    knows what was read whole: the next try goes on from there.
    """
    kept: dict[bytes, Keep] = {}
    begun: list[Intake] = []
    try:
        with postponed(), store.ingest(progress) as ingest:
            yield Into(store, ingest, earlier, kept, begun)
    except (FileChanging, Interrupted, Unreadable):
        for path, keep in kept.items():
            remember_part(place.root(path), place.state, keep.rows, store)
        for intake in begun:
            intake.keep_part(store)
        raise
    except BaseException:
        for intake in begun:
            intake.close()
        raise


def take_in(place: Workspace, path: bytes, into: Into) -> TakenIn | None:
    """What is there, and the pointer for it; None when it is not here.

    Raises what `Intake.take` raises.
    """
    root = place.root(path)
    rules = ignore.matcher(place.repository.top, root.path)
    before = pointer_files.recorded(root, place.state)
    left_out = None
    if root.within is not None and before is not None:
        left_out = root.within.along(_before(place, root, before), into.store)
    intake = Intake(root, place.state, into.ingest, left_out, _files_before(path, before))
    into.begun.append(intake)
    taken = intake.take(rules, into.ingest.progress)
    if taken is None:
        return None
    return TakenIn(pointer_text(place, path, taken, before, into.earlier), intake)


def _before(place: Workspace, root: DataRoot, before: bytes) -> Pointer:
    """The version before; where Git has left its own conflict markers in the pointer the data is that of the base."""
    base = place.state.base(root.pointer)
    try:
        return pointer_files.parse(root.pointer, before)
    except BadPointer:
        if base is None:
            raise
        return pointer_files.parse(root.pointer, base)


def _files_before(path: bytes, before: bytes | None) -> int:
    """How many files the version before has; 0 where nobody can tell."""
    if before is None or form_of(before) != "tree":
        return 0
    try:
        return pointer_files.parse(path, before).files
    except BadPointer:
        return 0
