"""Last look: since when only what was touched has to be looked at."""

from pathlib import Path

from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.workspace import Workspace


def last_look(place: Workspace, path: bytes, base: bytes) -> Path | None:
    """The file whose time is that of the last complete look at the data of a pointer, whose base is the text `base`.

    None when everything has to be looked at: many files have a pointer in tree form, and for few it is no slower; all
    that the base names has to be stored; rules that leave files out may have changed; and of a part of the data not
    all is compared that the trees have.
    """
    if pointer.form_of(base) != "tree" or not place.state.served(path, base):
        return None
    root = place.root(path)
    if root.within is not None:
        return None
    return None if ignore.ruled(place.repository.top, root.path) else place.state.looked(root.path)
