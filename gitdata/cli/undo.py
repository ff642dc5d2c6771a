"""git data undo: bring back edits that were discarded."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready


def undo(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NUMBER] [PATH]...", help="Which of the list; which files of it, all if left out."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIRECTORY", help="Write them there, and change nothing else.")
    ] = None,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="What commits had that no ref reaches: dropped stashes, amended commits."),
    ] = False,
    json: AsJson = False,
) -> None:
    """List data edits that Git or git-data has discarded (restore, reset, checkout --force); bring some back.

    In place, what is there now is kept first: undo can be undone. They are kept for `gitdata.undoDays` (14).
    """
    from gitdata import terminal
    from gitdata.errors import Conflict, UsageError
    from gitdata.ops.keeping import undo as op
    from gitdata.ops.roots.typed_paths import from_top
    from gitdata.summary import Amount, Since, effort

    place = ready()
    if not words:
        if to is not None:
            raise UsageError("which edits?", "name the number of some: `git data undo` lists them")
        items = op.lost_edits(place, terminal.progress()) if lost else op.undoable(place)
        if json:
            show_json(items)
            return
        if not items:
            terminal.say("no edits are lost" if lost else "no edits were discarded")
        for item in items:
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(item.when_s))
            what = f"{terminal.count(item.files, 'file')}, {terminal.size(item.size)}"
            command = terminal.safe(os.fsdecode(item.command)) or "git"
            terminal.say(f"{item.number:>3}  {when}  {terminal.safe(os.fsdecode(item.data))}: {what}  ({command})")
            if item.paths:
                terminal.say(f"     {_names(item.paths)}")
        return
    since = Since()
    number = int(words[0]) if words[0].isascii() and words[0].isdigit() else None
    paths = [from_top(place, path) for path in (words if number is None else words[1:])]
    done = op.undo(place, number, paths, to, terminal.progress(), from_lost=lost)
    if json:
        show_json(done)
    else:
        where = f" in {terminal.safe(str(to))}" if to is not None else ""
        terminal.say(
            f"{terminal.safe(os.fsdecode(done.data))}: {terminal.count(len(done.restored), 'file')} brought back{where}"
            f"{effort(Amount(), since.seconds)}"
        )
    keep_to_limit(place)
    if done.left:
        raise Conflict(
            f"left alone what somebody is editing: {_names(done.left)}", "run the command again when that is done"
        )


def _names(paths: tuple[bytes, ...]) -> str:
    from gitdata import terminal

    return terminal.some_of(paths, lambda path: terminal.safe(os.fsdecode(path)))
