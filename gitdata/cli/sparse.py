"""git data sparse: which part of the data this work tree has."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.epilog import epilog
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready

if TYPE_CHECKING:  # every command would load it
    from gitdata.ops.following.take_part import TakenPart
    from gitdata.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Have a part of the data in this work tree, and all in commits."
)

Patterns = Annotated[
    list[str],
    typer.Argument(
        metavar="PATTERN...",
        help="As in .gitignore, from the top of the repository: `data/train`, `*.csv`, `!*.log`; the last that matches "
        "counts.",
    ),
]


@app.command("set", epilog=epilog("git data sparse set data/train", "git data sparse set '/data/*' '!/data/raw/'"))
def set_patterns(patterns: Patterns, json: AsJson = False) -> None:
    """Have only what the patterns name; unchanged files outside go, edited ones stay."""
    _take(ready(), patterns, more=False, json=json)


@app.command("add", epilog=epilog("git data sparse add data/test"))
def add(patterns: Patterns, json: AsJson = False) -> None:
    """Have what the patterns name as well."""
    from gitdata.errors import UsageError
    from gitdata.ops.following.take_part import patterns_of

    place = ready()
    if not patterns_of(place):
        raise UsageError("this work tree takes all data already", "take a part of it: `git data sparse set PATTERN`")
    _take(place, patterns, more=True, json=json)


@app.command("list", epilog=epilog("git data sparse list"))
def list_patterns(json: AsJson = False) -> None:
    """Print the patterns, one a line; nothing when all data is taken."""
    from gitdata import terminal
    from gitdata.ops.following.take_part import patterns_of

    found = patterns_of(ready())
    if json:
        show_json({"patterns": found})
    else:
        for pattern in found:
            terminal.say(os.fsdecode(pattern))


@app.command("disable", epilog=epilog("git data sparse disable"))
def disable(json: AsJson = False) -> None:
    """Have all data again."""
    _take(ready(), [], more=False, json=json)


def _take(place: "Workspace", patterns: list[str], *, more: bool, json: bool) -> None:
    from gitdata import terminal
    from gitdata.ops.following.take_part import take_part
    from gitdata.summary import Since, done_to_work_tree

    since = Since()
    done = take_part(place, [os.fsencode(word) for word in patterns], more=more, progress=terminal.progress())
    if json:
        show_json(done)
    else:
        written = sum(root.written for root in done.done.roots)
        deleted = sum(root.deleted for root in done.done.roots)
        if told := done_to_work_tree(written, deleted, done.done.came, since.seconds, word="taken away"):
            terminal.say(told)
        elif done.done.error is None:
            terminal.say("nothing had to be written or taken away")
    warn_of_part(place, done)
    keep_to_limit(place)
    if done.done.error is not None:
        raise done.done.error


def warn_of_part(place: "Workspace", done: "TakenPart | None") -> None:
    """Tell of patterns that match nothing, and of files that stay outside; None: nothing was done about the part."""
    from gitdata.ops.following.take_part import patterns_of, unmatched

    _warn(done.unmatched if done is not None else unmatched(place, patterns_of(place)))
    if done is not None:
        _tell_outside(done)


def _warn(unmatched: tuple[bytes, ...]) -> None:
    from gitdata import terminal
    from gitdata.wording import shown, some_of

    if unmatched:
        match = "matches" if len(unmatched) == 1 else "match"
        terminal.tell(f"{some_of(unmatched, shown)} {match} no data of what is checked out")


def _tell_outside(done: "TakenPart") -> None:
    from gitdata import terminal
    from gitdata.wording import shown, some_of

    if done.outside:
        stay = "stays" if len(done.outside) == 1 else "stay"
        terminal.tell(f"{some_of(done.outside, shown)} {stay} here, edited or not recorded, and counts as always")
