"""After Git moved pointers: find out whether data has to follow."""

from gitdata import workspace
from gitdata.errors import GitDataError, NotARepository
from gitdata.git import pointers as git_pointers
from gitdata.ops.outdated import outdated


def follow(*, unless_told_since_ns: int | None = None) -> GitDataError | None:
    """Bring the data that is behind its pointer; return what went wrong after telling the person.

    A clone that only has the filter from the user's global configuration is set up first.
    With `unless_told_since_ns` nothing is done when a hook of the same Git command was here before.
    """
    try:
        place = workspace.here()
    except NotARepository:
        return None  # `git archive` in a bare repository smudges too
    if unless_told_since_ns is not None and place.state.told_since(unless_told_since_ns):
        return None
    paths = list(git_pointers.in_index(place.git))
    if not paths:
        return None
    if not place.initialised:
        from gitdata.ops import initialise

        initialise.set_up(place)
        place = workspace.here()
    left = outdated(place, paths)
    if not left:
        return None
    from gitdata.plumbing.bring import bring

    return bring(place, left)
