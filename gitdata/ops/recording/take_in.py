"""Take in: look at all the data of one root and store what is new; what its pointer is to be."""

from dataclasses import dataclass, field

from gitdata.git import ignore
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.ids import BlobId
from gitdata.ops.roots.pointer_text import pointer_text
from gitdata.progress import SILENT, Progress
from gitdata.store.ingest import Ingest
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.snapshot import Snapshot, complete, keeping, observe


@dataclass(frozen=True, slots=True)
class Into:
    """Where it goes, and the texts that pointers had before."""

    store: Store
    ingest: Ingest
    earlier: EarlierTexts
    stored: set[BlobId] = field(default_factory=set)  # what went into `ingest`


def take_in(place: Workspace, path: bytes, into: Into, progress: Progress = SILENT) -> tuple[Snapshot, bytes] | None:
    """What is there, to be remembered once `into` is published, and the pointer for it; None when it is not here.

    Raises what `observe` raises.
    """
    root = place.root(path)
    rules = ignore.matcher(place.repository.top, root.path)
    seen = observe(root, place.state, rules, keeping(into.ingest, into.stored), progress)
    if not seen.present:
        return None
    text = pointer_text(place, path, seen, pointer_files.recorded(root, place.state), into.earlier)
    if not place.state.served(path, text):
        complete(root, seen, into.store, into.ingest, into.stored)
    return seen, text
