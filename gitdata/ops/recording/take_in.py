"""Take in: look at all the data of one root and store what is new; what its pointer is to be."""

import contextlib
from collections.abc import Iterator

from gitdata.errors import FileChanging, Unreadable
from gitdata.git import ignore
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.ids import BlobId
from gitdata.interrupts import Interrupted, postponed
from gitdata.ops.roots.pointer_text import pointer_text
from gitdata.progress import SILENT, Progress
from gitdata.store.ingest import Ingest
from gitdata.store.store import Store
from gitdata.values import field, frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.snapshot import Keep, Snapshot, complete, observe, remember_part


@frozen
class Into:
    """Where it goes, and the texts that pointers had before."""

    store: Store
    ingest: Ingest
    earlier: EarlierTexts
    stored: set[BlobId] = field(default_factory=set)  # what went into `ingest`
    kept: dict[bytes, Keep] = field(default_factory=dict)  # by pointer

    def keep(self, path: bytes) -> Keep:
        """Where that of the pointer at `path` goes."""
        return self.kept.setdefault(path, Keep(self.ingest, self.stored))


@contextlib.contextmanager
def taking_in(place: Workspace, store: Store, earlier: EarlierTexts, progress: Progress = SILENT) -> Iterator[Into]:
    """What goes in is published when the block ends well.

    Cut off by an interrupt, or by files that could not be read, it is published as far as it came, and the stat cache
    knows what was read whole: the next try goes on from there.
    """
    kept: dict[bytes, Keep] = {}
    try:
        with postponed(), store.ingest(progress) as ingest:
            yield Into(store, ingest, earlier, kept=kept)
    except (FileChanging, Interrupted, Unreadable):
        for path, keep in kept.items():
            remember_part(place.root(path), place.state, keep.rows, store)
        raise


def take_in(place: Workspace, path: bytes, into: Into) -> tuple[Snapshot, bytes] | None:
    """What is there, to be remembered once `into` is published, and the pointer for it; None when it is not here.

    Raises what `observe` raises.
    """
    root = place.root(path)
    rules = ignore.matcher(place.repository.top, root.path)
    seen = observe(root, place.state, rules, into.keep(path), into.ingest.progress)
    if not seen.present:
        return None
    text = pointer_text(place, path, seen, pointer_files.recorded(root, place.state), into.earlier)
    if not place.state.served(path, text):
        complete(root, seen, into.store, into.ingest, into.stored)
    return seen, text
