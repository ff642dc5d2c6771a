"""Record for Git: what the filter answers when Git takes in a pointer that tells of edits (`git add`, `commit -a`)."""

from gitdata.errors import Unfinished
from gitdata.git import ignore
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.ids import BlobId
from gitdata.ops.recording.record_touched import record_touched
from gitdata.ops.recording.tell_scripts import all_recorded
from gitdata.ops.roots.pointer_text import pointer_text
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edits, digest
from gitdata.worktree.snapshot import complete, keeping, observe, remember


def record_for_git(
    place: Workspace, path: bytes, text: bytes, earlier: EarlierTexts, progress: Progress = SILENT
) -> bytes:
    """Put the data into the store as it is now; the recorded pointer, which Git is to have instead of `text`.

    The pointer in the work tree stays as it is until Git has finished (put_in_place.py). Raises `Unfinished` where
    `text` is not what the last look has written, so that nobody knows what it stands for; `FileChanging`, and what
    storing raises.
    """
    root, state = place.root(path), place.state
    with progress.step("recording data"), state.locked(), place.open_store() as store:
        here, base = pointer_files.read(root), state.base(path)
        told = state.edits(path)
        if here is None or base is None or told is None or digest(text) != told.told or not state.agrees(path, here):
            raise Unfinished(
                f"{shown(path)} tells of edits, and the data beside it is not what it was made for",
                f"record the data as it is with `git data add {shown(root.path)}`, or run `git data checkout`",
            )
        new = record_touched(place, path, base, told, earlier, store)
        if new is None:
            new = _record_all(place, root, base, earlier, store, progress)
        if new != base or not told.recorded:
            state.set_base(path, new)
            state.set_served(path, new)
            state.set_edits(path, Edits(digest(here), recorded=True))
            all_recorded(place, state.known())
    return new


def _record_all(
    place: Workspace, root: DataRoot, base: bytes, earlier: EarlierTexts, store: Store, progress: Progress
) -> bytes:
    """Look at all of the data and store what is new; the text of its pointer."""
    with store.ingest(progress) as ingest:
        stored: set[BlobId] = set()
        rules = ignore.matcher(place.repository.top, root.path)
        seen = observe(root, place.state, rules, keeping(ingest, stored), progress)
        if not seen.present:
            return base  # it is not here, which is no edit
        new = pointer_text(place, root.pointer, seen, base, earlier)
        if new != base:
            complete(root, seen, store, ingest, stored)
    remember(root, place.state, seen)
    return new
