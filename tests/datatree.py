"""A work tree with one data root, without a repository around it."""

import os
from pathlib import Path

from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Listing
from gitdata.progress import SILENT
from gitdata.store.loss_mark import loss_mark_file
from gitdata.store.store import Store
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.intake import Intake, Taken
from gitdata.worktree.materialise import carry_out
from gitdata.worktree.merging import decide
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.snapshot import observe
from gitdata.worktree.state import State


class Tree:
    """A work tree with one data root, its state and store."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "tree/data"
        self.data.mkdir(parents=True)
        self.root = DataRoot(os.fsencode(directory / "tree"), PointerPath(b"data.gitdata"))
        self.state = State(directory / "state", loss_mark_file(directory / "store"))
        self.store = Store.open(directory / "store", fsync=False)
        self.read = 0  # files that the last `snapshot` has read

    def record(self) -> Listing:
        listing = self.snapshot().listing
        assert listing is not None
        return listing

    def snapshot(self) -> Taken:
        """What a commit does."""
        with self.store.ingest() as ingest:
            intake = Intake(self.root, self.state, ingest)
            taken = intake.take(None, SILENT)
            self.read = ingest.files
        intake.remember()
        assert taken is not None
        return taken

    def go(self, base: Listing, target: Listing) -> list[bytes]:
        """What a checkout does; what was edited meanwhile."""
        seen = observe(self.root, self.state, None)
        job = RootChanges(self.root, decide(base, seen.listing, target), target, seen)
        return list(carry_out(job, self.store, self.state).edited)
