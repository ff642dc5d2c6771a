"""git data log: the versions of data, and the commits that made them."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.colour import Colour, Palette, palette
from gitdata.cli.git_words import parted
from gitdata.cli.options import AsJson
from gitdata.cli.pager import paged
from gitdata.cli.place import anywhere
from gitdata.ops.history.log import Logged, Touched

_LETTERS = {"added": "A", "deleted": "D", "changed": "M", "renamed": "R", "unknown": "?"}
_SLOTS = {"added": "new", "deleted": "old"}


def log(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REVISION|A..B]... [--] [PATHSPEC]...", help="HEAD, and all data, if left out."),
    ] = None,
    number: Annotated[int | None, typer.Option("-n", "--max-count", help="At most so many commits; also `-5`.")] = None,
    since: Annotated[str | None, typer.Option("--since", "--after", metavar="DATE", help="Later than this.")] = None,
    until: Annotated[str | None, typer.Option("--until", "--before", metavar="DATE", help="Earlier than this.")] = None,
    author: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="By this author; may be repeated.")
    ] = None,
    grep: Annotated[list[str] | None, typer.Option(metavar="PATTERN", help="With this in the message.")] = None,
    ignore_case: Annotated[bool, typer.Option("--regexp-ignore-case", "-i", help="For both of these.")] = False,
    all_refs: Annotated[bool, typer.Option("--all", help="Of every branch, tag and other ref.")] = False,
    branches: Annotated[bool, typer.Option("--branches", help="Of every branch.")] = False,
    tags: Annotated[bool, typer.Option("--tags", help="Of every tag.")] = False,
    no_merges: Annotated[bool, typer.Option("--no-merges", help="Without merges.")] = False,
    first_parent: Annotated[
        bool, typer.Option("--first-parent", help="Only the first parent of merges, and what they brought.")
    ] = False,
    reverse: Annotated[bool, typer.Option("--reverse", help="Oldest first.")] = False,
    follow: Annotated[
        bool | None, typer.Option("--follow/--no-follow", help="One file, through its renames (as it is without).")
    ] = None,
    oneline: Annotated[bool, typer.Option("--oneline", help="One line for each commit.")] = False,
    stat: Annotated[bool, typer.Option("--stat", help="Each file that was changed, with sizes.")] = False,
    date: Annotated[str | None, typer.Option("--date", metavar="FORMAT", help="As git-log(1) takes it.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Fetch nothing: say what could not be looked into.")
    ] = False,
    colour: Colour = None,
    json: AsJson = False,
) -> None:
    """Show the commits that changed a file, a folder or any data: who, when, what happened, and the sizes.

    It is `git log` for data: the same commits in the same order. A single file is followed through renames, also from
    one data root to another. Only listings of earlier versions that are not in this clone are fetched, never files.
    """
    from gitdata import terminal
    from gitdata.errors import UsageError
    from gitdata.formats.pathspec import Pathspec
    from gitdata.ops.history.inside import Inside
    from gitdata.ops.history.log import Wanted
    from gitdata.ops.history.log import log as op
    from gitdata.ops.versions.opened import opened

    if number is not None and number < 0:
        raise UsageError(f"-n {number} is less than nothing", "name how many commits to show")
    place = anywhere()
    typed = parted(place, words)
    refs = [f"--{name}" for name, on in (("all", all_refs), ("branches", branches), ("tags", tags)) if on]
    choice = [
        *(f"--since={since}" for since in [since] if since is not None),
        *(f"--until={until}" for until in [until] if until is not None),
        *(f"--author={one}" for one in author or []),
        *(f"--grep={one}" for one in grep or []),
        *(["--regexp-ignore-case"] if ignore_case else []),
        *(["--no-merges"] if no_merges else []),
        *([f"--date={date}"] if date is not None else []),
    ]
    if follow and (len(typed.paths) != 1 or isinstance(typed.paths, Pathspec)):
        raise UsageError(
            "--follow is for one path, and no pattern", "name one file; `:(literal)` in front of `*` or `[`"
        )
    follow = follow is not False
    wanted = Wanted((*typed.revisions, *refs), typed.paths, number, tuple(choice), reverse, first_parent, follow)
    with opened(place, terminal.progress(), offline=offline) as source, Inside(place.git, source) as inside:
        found = op(place, source, inside, wanted)
        if json:
            show_json([_as_mapping(one) for one in found.commits])
        else:
            colours = palette(place, colour)
            with paged(place):
                for line in _oneline(found.commits, colours, stat) if oneline else _full(found.commits, colours, stat):
                    typer.echo(line, color=True)
        if found.unknown:
            versions = terminal.count(len(found.unknown), "version")
            terminal.tell(f"{versions} could not be looked into: their listings are not in this clone, or damaged")


def _full(commits: Iterable[Logged], colours: Palette, stat: bool) -> Iterator[str]:
    from gitdata import terminal

    for number, one in enumerate(commits):
        said = one.facts
        if number:
            yield ""
        refs = f" ({terminal.safe(said.refs)})" if said.refs else ""
        yield colours.paint("commit", f"commit {said.commit}{refs}")
        if one.merge:
            yield "Merge: " + " ".join(parent[: len(said.short)] for parent in said.parents)
        yield f"Author: {terminal.safe(said.author)} <{terminal.safe(said.email)}>"
        yield f"Date:   {terminal.safe(said.shown_date)}"
        yield ""
        for line in said.message.splitlines():
            yield f"    {terminal.safe(line)}".rstrip()
        if one.touched:
            yield ""
        yield from _lines(one.touched, colours, stat)


def _oneline(commits: Iterable[Logged], colours: Palette, stat: bool) -> Iterator[str]:
    from gitdata import terminal

    for one in commits:
        refs = f" ({terminal.safe(one.facts.refs)})" if one.facts.refs else ""
        yield colours.paint("commit", one.facts.short + refs) + f" {terminal.safe(one.facts.subject)}"
        yield from _lines(one.touched, colours, stat)


def _lines(touched: Iterable[Touched], colours: Palette, stat: bool) -> Iterator[str]:
    for one in touched:
        yield f" {_line(one, colours)}"
        if stat:
            for file in one.files or ():
                yield f"   {_line(file, colours)}"


def _line(one: Touched, colours: Palette) -> str:
    from gitdata import terminal

    name = terminal.safe(one.path)
    if one.was is not None:
        name = f"{terminal.safe(one.was)} -> {name}"
    letter = colours.paint(_SLOTS.get(one.what, "frag"), _LETTERS[one.what])
    if one.what == "unknown":
        return f"{letter} {name}: its listing is not here, or damaged"
    inside = "" if one.files is None else _counted(one.files)
    return f"{letter} {name}: {_sizes(one)}{inside}"


def _sizes(one: Touched) -> str:
    from gitdata import terminal

    before, after = ("?" if size is None else terminal.size(size) for size in (one.before, one.after))
    if one.what == "added":
        return after
    if one.what == "deleted":
        return before
    return before if before == after else f"{before} -> {after}"


def _counted(files: Iterable[Touched]) -> str:
    numbers: dict[str, int] = {}
    for file in files:
        numbers[file.what] = numbers.get(file.what, 0) + 1
    return "".join(
        f", {numbers[what]:,} {what}" for what in ("added", "changed", "renamed", "deleted") if what in numbers
    )


def _as_mapping(one: Logged) -> dict[str, object]:
    said = one.facts
    return {
        "commit": said.commit,
        "parents": list(said.parents),
        "author": said.author,
        "email": said.email,
        "date": said.date,
        "committer": said.committer,
        "committer_date": said.committer_date,
        "subject": said.subject,
        "merge": one.merge,
        "paths": [_touched_as_mapping(item) for item in one.touched],
    }


def _touched_as_mapping(one: Touched) -> dict[str, object]:
    found: dict[str, object] = {"path": one.path, "what": one.what, "before": one.before, "after": one.after}
    if one.was is not None:
        found["was"] = one.was
    if one.files is not None:
        found["files"] = [_touched_as_mapping(file) for file in one.files]
    return found
