"""The clone that a command works in."""

from gitdata.workspace import Workspace


def ready() -> Workspace:
    """The workspace around the current directory, its hooks in place and its staged pointers backed by stored data.

    Raises `NotInitialised` when git-data was not set up in it.
    """
    from gitdata import terminal, workspace
    from gitdata.ops.rehook import rehook
    from gitdata.ops.roots import roots
    from gitdata.ops.serve import serve_missed

    place = workspace.initialised()
    if line := rehook(place):
        terminal.tell(line)
    if place.state.missed:
        for error in serve_missed(place, roots(place).pointers):
            terminal.fail(error)
    return place
