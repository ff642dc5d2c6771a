"""git data track: put directories under version control of their data."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson

_SHOWN = 3


def track(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Directories (or single files) with data, or quoted patterns."),
    ],
    create: Annotated[bool, typer.Option("--create", help="Make directories that do not exist.")] = False,
    from_git: Annotated[
        bool, typer.Option("--from-git", help="Take files that Git tracks there out of its index (history stays).")
    ] = False,
    json: AsJson = False,
) -> None:
    """Track directories, or files by patterns: from now on Git's own commands version their data."""
    from gitdata import terminal, workspace
    from gitdata.ops.setting_up import initialise
    from gitdata.ops.tracking.track import track as op
    from gitdata.summary import Since, recorded

    since, place = Since(), workspace.here()
    if not place.initialised:
        for line in initialise.set_up(place).notes:
            terminal.tell(line)
        place = workspace.here()
    done = op(place, paths, create=create, from_git=from_git, progress=terminal.progress())
    if json:
        show_json(done)
        return
    for root in done.roots:
        terminal.say(
            f"tracking {terminal.safe(root.path)}: {terminal.count(root.files, 'file')}, {terminal.size(root.size)}"
        )
    if told := recorded(done.read, since.seconds):
        terminal.say(told)
    for item in done.patterns:
        terminal.say(f"tracking files that match {terminal.safe(item.pattern)}: add them with `git add` as usual")
        if item.renewed:
            names = ", ".join(terminal.safe(path) for path in item.renewed[:_SHOWN])
            more = f" and {len(item.renewed) - _SHOWN} more" if len(item.renewed) > _SHOWN else ""
            terminal.say(f"  Git held {names}{more} itself: pointers from the next commit on, its history stays")
    staged = "the pointers; record them" if done.roots else ".gitattributes; record it"
    terminal.say(f"staged {staged} with `git commit`")
