"""Live status: Git asks what changed before it refreshes its index; the pointers are brought up to date first.

The script that Git calls (hooks/fsmonitor) gives the answer; this only does the refresh.
"""

import os
import sys
from collections.abc import Sequence

from gitdata.errors import GitDataError, Locked, NotARepository
from gitdata.workspace import Workspace

_MEND = "`git data fsck --repair` looks for it"


def run(arguments: Sequence[str]) -> int:
    """Refresh the pointers of this work tree; 0 when all of the data was looked at, never mind what came of it.

    Never fails the Git command that waits, which does not learn of it.

    `arguments`, when the script has found something: who it is, the last line that it finds, and the first;
    the other lines are on standard input.
    """
    from gitdata import terminal, workspace
    from gitdata.disk_errors import in_words
    from gitdata.ops.looking.look import look
    from gitdata.plumbing.follow import follow
    from gitdata.plumbing.follow_renames import follow_renames
    from gitdata.plumbing.put_back import put_back
    from gitdata.worktree.touched_since_look import Report, reported

    who, told, last = "", b"", b""
    if len(arguments) == 3:
        who, (last, first) = arguments[0], map(os.fsencode, arguments[1:])
        told = first + b"\n" + reported(sys.stdin.buffer)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # `find` ends when nobody reads any more
    try:
        place = workspace.here()
        if not place.state.writable:
            return 1  # the work tree of somebody else: nothing can be brought up to date, and nobody asked for it
        began = place.state.began_ns(who) if who else None
        report = Report.read(told, last, began) if began is not None else None
        put_back(place)
        if place.state.missed:
            follow(careful=True)
        if place.live:
            follow_renames(place, wait=False, tell_kept=False)  # `git status` need not say it every time
            done = look(place, report, terminal.progress())
            if done.absent:
                _tell_moved(place, done.absent)
            for pointer, error in done.unread:
                data = terminal.safe(place.root(pointer).path)
                terminal.tell(f"edits of {data} do not show, its version cannot be read: {error} ({_MEND})")
            return 1 if done.pending or done.busy or done.unread else 0
    except (Locked, NotARepository):
        pass  # somebody else is at it; they leave the pointers right
    except GitDataError as error:
        terminal.fail(error)
    except OSError as error:
        terminal.tell(f"live status left out: {in_words(error)}")
    return 1


def _tell_moved(place: Workspace, pointers: Sequence[bytes]) -> None:
    """Say so where the data of these pointers was moved by hand: `git add` would put it into Git itself."""
    from gitdata import terminal
    from gitdata.ops.roots.moved_by_hand import moved_beside, mv_command

    for pointer, where in moved_beside(place, pointers).items():
        data = place.root(pointer).path
        how = mv_command(data, where)
        terminal.tell(f"{os.fsdecode(data)} was moved to {os.fsdecode(where)}; let its pointer follow: `{how}`")
