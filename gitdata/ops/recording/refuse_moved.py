"""Refuse data that was moved by hand and is about to enter Git itself."""

import os

from gitdata.errors import Unfinished
from gitdata.ops.roots.moved_by_hand import moved_by_hand, mv_command
from gitdata.workspace import Workspace


def refuse_moved(place: Workspace) -> None:
    """Raise `Unfinished` when the commit would put the data of a pointer into Git: it is staged in another place."""
    for pointer, where in moved_by_hand(place, staged=True).items():
        how, name = mv_command(place.root(pointer).path, where), os.fsdecode(where)
        raise Unfinished(
            f"{name} is the data that {os.fsdecode(pointer)} stands for, and is about to go into Git itself",
            f"let its pointer follow: `{how}`; or leave it to Git: `git commit --no-verify`",
        )
