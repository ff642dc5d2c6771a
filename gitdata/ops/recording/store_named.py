"""Store what is named: make sure that what a staged pointer names is in the store (the clean side of the filter)."""

from collections.abc import Iterable

from gitdata.errors import BadPointer, GitDataError
from gitdata.ops.recording.may_lack_content import may_lack_content
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.snapshot import complete, described


def store_named(place: Workspace, path: bytes, text: bytes, progress: Progress = SILENT) -> None:
    """Store the files that the pointer `text` names and only the work tree holds.

    Raises `FileChanging` when a file was edited since the pointer was refreshed.
    """
    if not may_lack_content(place, path, text):
        return
    try:
        value = pointer_files.parse(path, text)
    except BadPointer:
        return  # never ours to refuse: Git stores the text as it is
    with place.state.locked(), place.open_store() as store:
        with store.ingest(progress) as ingest:
            complete(place.root(path), described(pointer_files.listing_of(value, store)), store, ingest)
        place.state.set_served(path, text)


def store_missed(place: Workspace, paths: Iterable[bytes]) -> list[GitDataError]:
    """Store what pointers name that were staged while git-data was not there; what could not be stored, and why."""
    errors = []
    for path in paths:
        text = pointer_files.read(place.root(path))
        if text is not None:
            try:
                store_named(place, path, text)
            except GitDataError as error:
                errors.append(error)
    return errors
