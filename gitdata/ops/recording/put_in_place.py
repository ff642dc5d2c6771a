"""Put in place: once Git has taken in edits, the pointers that told of them are the recorded ones again."""

import contextlib
from collections.abc import Mapping

from gitdata.errors import GitFailed, Locked
from gitdata.git import pointers as git_pointers
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import digest


def put_in_place(place: Workspace) -> None:
    """Replace pointers that tell of edits which are recorded, where the index has the recorded one.

    Git knows the stat data of the file that it has read; so that it does not take the new one for an edit, it is
    told of that as well, at once. Where another command holds the index, or Git has asked and not taken the edits
    (`git diff`), everything stays as it is: Git sees no difference, or the edits.
    """
    state = place.state
    paths = [path for path in state.known() if (edits := state.edits(path)) is not None and edits.recorded]
    if not paths or not place.usual_index:
        return
    with contextlib.suppress(Locked), state.locked(wait=False):
        staged = git_pointers.in_index(place.git).pointers
        texts = {path: text for path in paths if (text := state.base(path)) is not None}
        taken: dict[bytes, bytes] = {
            path: text
            for path, text in texts.items()
            if (found := staged.get(path)) is not None and not found.stage and found.has(text)
        }
        _replace(place, taken)


def _replace(place: Workspace, texts: Mapping[bytes, bytes]) -> None:
    """Write the pointers, and let the index know them; all are as before where that cannot be done."""
    before = {path: pointer_files.read(place.root(path)) for path in texts}
    still = {path: text for path, text in before.items() if text is not None and _told(place, path) == digest(text)}
    if not still or place.index.with_name(place.index.name + ".lock").exists():
        return
    for path in still:
        pointer_files.write(place.root(path), texts[path])
    try:
        git_pointers.refresh(place.git, still)
    except GitFailed:  # another command was faster
        for path, text in still.items():
            pointer_files.write(place.root(path), text)
        return
    for path in still:
        place.state.set_edits(path, None)
    place.state.written()


def _told(place: Workspace, path: bytes) -> bytes | None:
    edits = place.state.edits(path)
    return edits.told if edits is not None and edits.recorded else None
