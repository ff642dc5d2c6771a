"""The commands of `git data`, and how their words become a call. Only the one that is called is loaded."""

import importlib
from collections.abc import Sequence
from typing import Any

import click
import typer

from gitdata.cli.epilog import epilog
from gitdata.cli.git_words import GitWords, PathsBehind
from gitdata.errors import INTERRUPTED

_COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "init": ("init", ("git data init",)),
    "track": (
        "track",
        (
            "git data track data config models",
            "git data track '*.onnx' 'models/*.pt'",
            "git data track --create data/raw",
        ),
    ),
    "untrack": ("untrack", ("git data untrack data",)),
    "mv": ("mv", ("git data mv data tables", "git data mv data archive/", "mv data tables; git data mv data tables")),
    "add": ("add", ("git data add", "git data add data")),
    "status": ("status", ("git data status", "git data status --porcelain", "git data status --json")),
    "checkout": ("checkout", ("git data checkout", "git data checkout --force data")),
    "undo": (
        "undo",
        ("git data undo", "git data undo 1", "git data undo 2 data/train.csv --to /tmp/before", "git data undo --lost"),
    ),
    "resolve": ("resolve", ("git data resolve --theirs", "git data resolve --ours data/train.csv")),
    "mergetool": ("mergetool", ("git data mergetool", "git data mergetool -t meld data/train.csv")),
    "push": ("push", ("git data push", "git data push origin v1 v2", "git data push --all")),
    "fetch": ("fetch", ("git data fetch v1 v2", "git data fetch --remote nas", "git data fetch v1 -- data/test")),
    "pull": ("pull", ("git data pull", "git data pull data/test/1.csv")),
    "log": (
        "log",
        ("git data log", "git data log -5 --stat data", "git data log -- 'data/*.csv' ':!data/tmp'"),
    ),
    "blame": (
        "blame",
        ("git data blame data", "git data blame data/train.csv", "git data blame -L 10,20 v1 -- data/train.csv"),
    ),
    "ls": (
        "ls",
        (
            "git data ls",
            "git data ls v1 data",
            "git data ls -z | xargs -0 wc -c",
            "git data ls --long --no-recursive v1 data",
            "git data ls --format='%(id) %(path)' v1",
        ),
    ),
    "diff": (
        "diff",
        (
            "git data diff",
            "git data diff HEAD~1",
            "git data diff --cached --name-status",
            "git data diff v1..v2 -- data/train models",
            "git data diff --markdown origin/main...HEAD",
        ),
    ),
    "show": (
        "show",
        (
            "git data show v1:data/train.csv | head",
            "git data show -o old.csv HEAD~3:./train.csv",
            "git data show --bytes 0-1023 :models/net.onnx",
        ),
    ),
    "cat": ("show", ("git data cat v1:data/train.csv",)),
    "fsck": ("fsck", ("git data fsck", "git data fsck --remote origin")),
    "du": ("du", ("git data du", "git data du --by type v1..main", "git data du --remote origin")),
    "prune": ("prune", ("git data prune --dry-run", "git data prune --uploaded", "git data prune --uploaded --all")),
    "verify": (
        "verify",
        ("git data verify", "git data verify origin/main..HEAD", "git data verify --all --remote nas --json"),
    ),
    "trust": ("trust", ("git data trust",)),
    "install": ("install", ("git data install",)),
    "uninstall": ("install:uninstall", ("git data uninstall", "git data uninstall --repo")),
    "version": ("version", ("git data version --json",)),
}
"""Each with where its function is, and examples."""

_GROUPS = {
    "params": ("measures:params", "git data params diff main"),
    "metrics": ("measures:metrics", "git data metrics show --all-branches"),
    "plots": ("plots:plots", "git data plots diff --open"),
    "remote": ("remote:app", "git data remote list"),
    "sparse": ("sparse:app", "git data sparse set data/train"),
}
"""Commands that have commands of their own."""

_DOORS = {
    "hook": "doors:hook",
    "filter-process": "doors:filter_process",
    "merge-driver": "doors:merge_driver",
    "diff-driver": "diff_driver",
    "textconv": "doors:textconv",
    "fsmonitor": "doors:fsmonitor",
}
"""What Git calls."""

_CLASSES = {
    "log": GitWords,
    "blame": GitWords,
    "du": GitWords,
    "diff": PathsBehind,
    "fetch": PathsBehind,
    "ls": PathsBehind,
}


def commands(*names: str) -> click.Group:
    """The commands of these names (none: all of them) as one group."""
    app = typer.Typer(
        name="git data",
        help="Version data with Git's own commands: track a directory once, then commit, push and checkout as always.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, (place, examples) in _COMMANDS.items():
        if not names or name in names:
            app.command(name, cls=_CLASSES.get(name), epilog=epilog(*examples))(_named(place))
    for name, (place, example) in _GROUPS.items():
        if not names or name in names:
            app.add_typer(_named(place), name=name, epilog=epilog(example))
    for name, place in _DOORS.items():
        if not names or name in names:
            app.command(name, epilog=epilog(f"git data {name} -h"), rich_help_panel="Called by Git")(_named(place))
    return typer.main.get_group(app)


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f"gitdata.cli.{module}"), name or module)


def run(words: Sequence[str]) -> int:
    """Run the command that `words` name; its exit status, 2 for words that make no sense."""
    known = words and words[0] in (*_COMMANDS, *_GROUPS, *_DOORS)
    command = commands(words[0]) if known else commands()
    try:
        result = command.main(args=list(words), prog_name="git data", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        text = " ".join(error.format_message().split())
        click.echo(f"git-data: {text} (see `git data --help`)", err=True)
        return error.exit_code
    except SystemExit as end:  # what click makes of a closed pipe, too; what that is said by is decided in one place
        if isinstance(end.__context__, BrokenPipeError):
            raise BrokenPipeError from None
        raise
    except click.Abort:
        raise KeyboardInterrupt from None
    if result == INTERRUPTED:  # typer has caught it; what is said about it is decided in one place
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0
