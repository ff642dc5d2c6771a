"""Put in place: once Git has taken in edits, the pointers that told of them are the recorded ones again."""

import contextlib
import os

from gitdata.errors import GitFailed, Locked
from gitdata.git import pointers as git_pointers
from gitdata.git.objects import blob_id
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import digest

_USUAL_INDEXES = ("", "index", "index.lock")


def put_in_place(place: Workspace) -> None:
    """Replace pointers that tell of edits which are recorded, where the index has the recorded one.

    Git knows the stat data of the file that it has read; so that it does not take the new one for an edit, it is
    told of that as well, at once. Where another command holds the index, or Git has asked and not taken the edits
    (`git diff`), everything stays as it is: Git sees no difference, or the edits.
    """
    state = place.state
    paths = [path for path in state.known() if (edits := state.edits(path)) is not None and edits.recorded]
    if not paths or os.path.basename(place.index_file or "") not in _USUAL_INDEXES:
        return
    with contextlib.suppress(Locked), state.locked(wait=False):
        sha256 = place.config.get("extensions.objectformat") == "sha256"
        staged = git_pointers.in_index(place.git).pointers
        for path in paths:
            text, edits = state.base(path), state.edits(path)
            found = staged.get(path)
            if text is None or edits is None or not edits.recorded or found is None or found.stage:
                continue
            if found.oid == blob_id(text, sha256=sha256):
                _replace(place, path, text, edits.told)


def _replace(place: Workspace, path: bytes, text: bytes, told: bytes) -> None:
    root = place.root(path)
    before = pointer_files.read(root)
    if before is None or digest(before) != told or place.index.with_name(place.index.name + ".lock").exists():
        return
    pointer_files.write(root, text)
    try:
        git_pointers.refresh(place.git, path)
    except GitFailed:  # another command was faster
        pointer_files.write(root, before)
        return
    place.state.set_edits(path, None)
