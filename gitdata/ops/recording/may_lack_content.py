"""Whether a staged pointer may name what only the work tree holds; quick to ask, because Git waits."""

import os

from gitdata.workspace import Workspace


def may_lack_content(place: Workspace, path: bytes, text: bytes) -> bool:
    """Whether the files that the pointer `text` names have still to be stored.

    Not where nothing may be stored, and not for a pointer other than the base: its data was recorded when it was made.
    """
    if not place.state.writable or not place.state.agrees(path, text) or place.state.served(path, text):
        return False
    return os.path.lexists(place.root(path).full)
