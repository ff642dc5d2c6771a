"""git data init: set this repository up."""

import os
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.values import replace


def init(
    no_live: Annotated[bool, typer.Option("--no-live", help="Do not let `git status` look at the data.")] = False,
    sparse: Annotated[
        list[str] | None,
        typer.Option("--sparse", metavar="PATTERN", help="Have only this part of the data; see `git data sparse -h`."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Set this repository up; in a clone that has pointers, bring their data too."""
    from gitdata import terminal, workspace
    from gitdata.cli.sparse import warn_of_part
    from gitdata.errors import UnsafeName
    from gitdata.formats.part_patterns import checked
    from gitdata.ops.following.checkout import checkout
    from gitdata.ops.following.take_part import take_part
    from gitdata.ops.setting_up import initialise
    from gitdata.summary import Since, effort

    since = Since()
    part = checked(map(os.fsencode, sparse or ()))
    done = initialise.set_up(workspace.here(), live=not no_live)
    place = workspace.here()
    taken = take_part(place, part, progress=terminal.progress()) if part else None
    moved = taken.done if taken is not None else checkout(place, [], progress=terminal.progress())
    if json:
        show_json(done)
    else:
        for line in done.notes:
            terminal.say(line)
        files = sum(root.written for root in moved.roots)
        if files:
            terminal.say(f"wrote {terminal.count(files, 'file')} of data{effort(moved.came, since.seconds)}")
    warn_of_part(place, taken)
    # What is refused is no reason to call the set-up a failure.
    refused = [root.error for root in moved.roots if isinstance(root.error, UnsafeName)]
    terminal.fail_each(refused, "are not taken for pointers")
    others = replace(moved, roots=tuple(root for root in moved.roots if not isinstance(root.error, UnsafeName)))
    if others.error is not None:
        raise others.error
