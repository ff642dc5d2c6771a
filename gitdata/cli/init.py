"""git data init: set this repository up."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.values import replace


def init(
    no_live: Annotated[bool, typer.Option("--no-live", help="Do not let `git status` look at the data.")] = False,
    json: AsJson = False,
) -> None:
    """Set this repository up; in a clone that has pointers, bring their data too."""
    from gitdata import terminal, workspace
    from gitdata.errors import UnsafeName
    from gitdata.ops.following.checkout import checkout
    from gitdata.ops.setting_up import initialise

    done = initialise.set_up(workspace.here(), live=not no_live)
    place = workspace.here()
    moved = checkout(place, [], progress=terminal.progress())
    if json:
        show_json(done)
    else:
        for line in done.notes:
            terminal.say(line)
        files = sum(root.written for root in moved.roots)
        if files:
            terminal.say(f"wrote {terminal.count(files, 'file')} of data")
    # What is refused is no reason to call the set-up a failure.
    refused = [root.error for root in moved.roots if isinstance(root.error, UnsafeName)]
    terminal.fail_each(refused, "are not taken for pointers")
    others = replace(moved, roots=tuple(root for root in moved.roots if not isinstance(root.error, UnsafeName)))
    if others.error is not None:
        raise others.error
