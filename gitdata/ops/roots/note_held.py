"""Note which files Git itself has in the place of data, for when it takes them away again."""

from collections.abc import Iterable

from gitdata.git.tracked import held
from gitdata.workspace import Workspace


def note_held(place: Workspace, pointers: Iterable[bytes]) -> None:
    """Remember which files Git itself has in the place of the data of `pointers`, which are known here."""
    roots = [place.root(path) for path in pointers]
    there = held(place.git, [root.path for root in roots])
    for root in roots:
        skipped = len(root.path) + 1
        place.state.set_held(root.pointer, (name[skipped:] for name in there[root.path].files))
