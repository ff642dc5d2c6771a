"""Older roots: other versions of a pointer, whose manifests may have what its own does not."""

from collections.abc import Iterable, Iterator, Sequence

from gitdata.errors import BadPointer
from gitdata.git import pointers as git_pointers
from gitdata.ids import RootId
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_HISTORY = 200  # versions of a pointer whose manifests are tried when its own is not on the remote
_OTHER_SIDES = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD", "FETCH_HEAD")


def older_roots(place: Workspace, path: bytes, tip: str = "HEAD") -> Iterable[RootId]:
    """Roots of other versions of a pointer in the history of `tip`, newest first.

    A pointer merged as text (on a web host, say) has no manifest of its own; its parents have.
    """
    if place.git.ok("rev-parse", "--verify", "--quiet", tip):
        yield from _roots(place, path, git_pointers.history(place.git, tip, path, _HISTORY))


def other_roots(place: Workspace, path: bytes) -> Iterable[RootId]:
    """Roots of all versions of a pointer that a part of one made here may come from, each once.

    First those that Git is just merging, picking or rebasing, which are in no history yet, then that of HEAD, then
    that of every branch and tag: what was picked or squashed stays in no other.
    """
    given: set[RootId] = set()
    for root in _several(place, path):
        if root not in given:
            given.add(root)
            yield root


def _several(place: Workspace, path: bytes) -> Iterator[RootId]:
    for tip in _OTHER_SIDES:
        if place.git.ok("rev-parse", "--verify", "--quiet", f"{tip}^{{commit}}"):
            yield from _roots(place, path, git_pointers.history(place.git, tip, path, 1))
    yield from older_roots(place, path)
    yield from _roots(place, path, git_pointers.everywhere(place.git, path, _HISTORY))


def _roots(place: Workspace, path: bytes, oids: Sequence[str]) -> Iterator[RootId]:
    texts = git_pointers.read(place.git, oids)
    for oid in oids:
        try:
            yield pointer_files.parse(path, texts[oid]).root()
        except (BadPointer, KeyError):
            continue
