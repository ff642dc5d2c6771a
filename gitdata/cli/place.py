"""The clone that a command works in."""

from gitdata.workspace import Workspace


def ready() -> Workspace:
    """The workspace around the current directory, its hooks in place and its staged pointers backed by stored data.

    Raises `NotInitialised` when git-data was not set up in it.
    """
    from gitdata import terminal, workspace
    from gitdata.ops.recording.store_named import store_missed
    from gitdata.ops.roots.known import roots
    from gitdata.ops.setting_up.rehook import rehook

    place = workspace.initialised()
    if line := rehook(place):
        terminal.tell(line)
    if place.state.missed:
        for error in store_missed(place, roots(place).pointers):
            terminal.fail(error)
    return place


def anywhere() -> Workspace:
    """The same, and in a bare repository that: for what asks about commits alone."""
    from gitdata import workspace

    place = workspace.anywhere()
    return place if place.repository.bare else ready()
