"""Put git-data's hooks back among the others, and say so."""

from gitdata import terminal
from gitdata.ops.setting_up.rehook import rehook
from gitdata.workspace import Workspace


def put_back(place: Workspace) -> None:
    """Look after the hooks of a clone: whatever brought us here, the next Git command needs them."""
    if line := rehook(place):
        terminal.tell(line)
