"""What live status knows since its last complete look: whether data still is what its pointer said."""

from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.touched_since_look import Report, touched
from gitdata.worktree.trees import OutOfStep
from gitdata.worktree.update import Updated, Version, update


def unchanged_since_look(
    place: Workspace,
    root: DataRoot,
    text: bytes,
    store: Store,
    report: Report | None = None,
    progress: Progress = SILENT,
) -> Updated | None:
    """The version `text` brought up to date, by a look only at what was touched since the last complete look.

    What was touched is in the `report`; without one it is looked for. What is new goes into `store`. None when
    that does not do: many files have a pointer in tree form, and for few it is no slower to look at
    everything. Raises `FileChanging`.
    """
    if pointer.form_of(text) != "tree" or not place.state.served(root.pointer, text):
        return None
    stamp = place.state.looked(root.path)
    if stamp is None or ignore.ruled(place.repository.top, root.path):
        return None
    found = touched(root.full, stamp) if report is None else report.below(root.path)
    if found is None:
        return None
    value = pointer_files.parse(root.pointer, text)
    version = Version(value.root(), value.files, value.size)
    if not found:
        return Updated(version)
    with store.ingest(progress) as ingest:
        try:
            return update(root, version, found, place.state, store, ingest)
        except OutOfStep:
            return None
