"""Older roots: other versions of a pointer, whose manifests may have what its own does not."""

from collections.abc import Iterable

from gitdata.errors import BadPointer
from gitdata.git import pointers as git_pointers
from gitdata.ids import RootId
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_HISTORY = 200  # versions of a pointer whose manifests are tried when its own is not on the remote


def older_roots(place: Workspace, path: bytes, tip: str = "HEAD") -> Iterable[RootId]:
    """Roots of other versions of a pointer in the history of `tip`, newest first.

    A pointer merged as text (on a web host, say) has no manifest of its own; its parents have.
    """
    if not place.git.ok("rev-parse", "--verify", "--quiet", tip):
        return
    oids = git_pointers.history(place.git, tip, path, _HISTORY)
    texts = git_pointers.read(place.git, oids)
    for oid in oids:
        try:
            yield pointer_files.parse(path, texts[oid]).root()
        except (BadPointer, KeyError):
            continue
