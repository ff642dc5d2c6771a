"""git data plots: series and images of several versions, as a page, for a terminal or as JSON."""

import json as encoding
import os
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from gitdata.cli.epilog import epilog
from gitdata.cli.git_words import GitWords, Words, parted
from gitdata.cli.options import AsJson, Offline
from gitdata.cli.pager import columns, paged
from gitdata.cli.place import anywhere
from gitdata.formats.plot_files import KINDS, Kind
from gitdata.ops.measuring.plots import Plots, Wanted
from gitdata.wording import shown
from gitdata.workspace import Workspace

plots = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Draw series and images of versions.")

Typed = Annotated[
    list[str] | None, typer.Argument(metavar="[REVISION]... [--] [PATH]...", help="Versions; files and folders.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there; to plots.html if left out.")
]
Open = Annotated[bool, typer.Option("--open", help="Show the page in the browser.")]
Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="html (a page), png (an image; so does -o FILE.png) or text (for a terminal).",
    ),
]
X = Annotated[str | None, typer.Option("--x", metavar="COLUMN", help="The other axis: step, epoch ... if left out.")]
Y = Annotated[str | None, typer.Option("--y", metavar="COLUMN[,COLUMN]", help="What is drawn; all numbers otherwise.")]
KindOf = Annotated[str | None, typer.Option("--kind", metavar="KIND", help=f"{', '.join(KINDS)}.")]
Points = Annotated[int, typer.Option("--points", min=10, max=100_000, help="Of a line at most; peaks are kept.")]
Branches = Annotated[bool, typer.Option("--all-branches", help="Of every branch.")]
Tags = Annotated[bool, typer.Option("--all-tags", help="Of every tag.")]
All = Annotated[bool, typer.Option("--all", help="Files that are the same in all versions, too.")]

_PAGE = "plots.html"
_FILES = (
    "Files: plots.csv, .json, .png ... and folders `plots` at the top and in data roots, or [plots] in .gitdata.toml."
)


@plots.command(
    "show", cls=GitWords, help=f"Draw what is in the work tree, or in revisions, in one page. {_FILES}",
    epilog=epilog("git data plots show", "git data plots show v1 v2 HEAD -- plots/loss.csv"),
)  # fmt: skip
def show(
    words: Typed = None,
    output: Output = None,
    open_it: Open = False,
    form: Form = None,
    x: X = None,
    y: Y = None,
    kind: KindOf = None,
    points: Points = 1000,
    branches: Branches = False,
    tags: Tags = False,
    offline: Offline = False,
    json: AsJson = False,
) -> None:
    """Draw versions."""
    from gitdata.ops.measuring.measured import refs

    to = _To(output, open_it, form, json)
    place = anywhere()
    typed = parted(place, words)
    revisions = [*typed.revisions, *refs(place, branches=branches, tags=tags)]
    wanted = _wanted(typed, x, y, kind, points)
    to.give(place, revisions or [None], wanted, offline=offline)


@plots.command(
    "diff", cls=GitWords, help=f"Draw what differs between versions: HEAD and the work tree, if left out. {_FILES}",
    epilog=epilog("git data plots diff", "git data plots diff --open main", "git data plots diff --format text v1..v2"),
)  # fmt: skip
def diff(
    words: Typed = None,
    output: Output = None,
    open_it: Open = False,
    form: Form = None,
    x: X = None,
    y: Y = None,
    kind: KindOf = None,
    points: Points = 1000,
    unchanged: All = False,
    offline: Offline = False,
    json: AsJson = False,
) -> None:
    """Draw what differs."""
    to = _To(output, open_it, form, json)
    place = anywhere()
    typed = parted(place, words)
    revisions: list[str | None] = [*typed.revisions]
    if len(revisions) == 1 and typed.revisions[0].count("..") == 1 and "..." not in typed.revisions[0]:
        before, _, after = typed.revisions[0].partition("..")
        revisions = [before or "HEAD", after or "HEAD"]
    elif len(revisions) < 2:
        revisions = [*(revisions or ["HEAD"]), None]
    wanted = _wanted(typed, x, y, kind, points, only_different=not unchanged)
    to.give(place, revisions, wanted, offline=offline)


def _wanted(
    typed: Words, x: str | None, y: str | None, kind: str | None, points: int, *, only_different: bool = False
) -> Wanted:
    from gitdata.errors import UsageError

    known: Kind | None = next((one for one in KINDS if one == kind), None)
    if kind is not None and known is None:
        raise UsageError(f"there is no kind {shown(kind)} of plots", f"use {', '.join(KINDS)}")
    columns = tuple(dict.fromkeys(y.split(","))) if y else ()
    paths = typed.paths or ((b"",) if typed.typed else ())
    return Wanted(paths, x, columns, known, points, only_different)


class _To:
    """What plots are given as."""

    def __init__(self, output: Path | None, open_it: bool, form: str | None, json: bool) -> None:
        from gitdata.errors import UsageError

        if form not in (None, "html", "png", "text"):
            raise UsageError(f"there is no format {shown(form)} of plots", "use html, png, text, or --json")
        if (json or form == "text") and (output is not None or open_it):
            raise UsageError("-o and --open are for a page or an image", "leave them out, or --format and --json")
        if json and form in ("png", "text"):
            raise UsageError("--format and --json are two forms", "choose one")
        if form == "png" and output is None:
            raise UsageError("an image needs a name", "say where it goes: -o FILE")
        named = output is not None and output.suffix.lower() == ".png"
        self._output, self._open, self._text, self._json = output, open_it, form == "text", json
        self._png = form == "png" or (form is None and named)
        if self._png:
            from gitdata.cli.plot_image import renderer

            renderer()

    def give(self, place: Workspace, revisions: Sequence[str | None], wanted: Wanted, *, offline: bool) -> None:
        """Draw, and print or write it."""
        from gitdata import terminal
        from gitdata.cli import plot_text
        from gitdata.ops.measuring.plots import plots as drawn
        from gitdata.ops.versions.opened import opened

        if not (self._text or self._json):
            self._refuse_another()
        with opened(place, terminal.progress(), offline=offline) as source:
            found = drawn(source, revisions, wanted)
        if self._json:
            print(encoding.dumps(plot_text.as_json(found), indent=2))
        elif not (found.charts or found.pictures):
            self._say_why(found)
        elif self._text:
            with paged(place):
                for line in plot_text.lines(found, columns()):
                    print(line)
        else:
            self._write(found)

    def _say_why(self, found: Plots) -> None:
        from gitdata import terminal

        names = " and ".join(version.name for version in found.versions)
        for note in found.notes:
            terminal.tell(note)
        if found.some_same:
            terminal.say(f"{names} have the same plots")
        else:
            where = "no plots.csv, plots.json ..., nothing in a folder `plots`, and none in .gitdata.toml"
            terminal.say(f"there are no plots in {names}: {where}")

    def _refuse_another(self) -> None:
        """Over a file of the usual name that is no such page nothing is written; one that was named is the person's."""
        from gitdata.cli.plot_page import MARK
        from gitdata.errors import UsageError

        if self._output is None and os.path.lexists(_PAGE):
            with suppress(OSError), open(_PAGE, "rb") as file:
                if file.read(len(MARK)) == MARK.encode():
                    return
            raise UsageError(f"{_PAGE} is here and is no page of `git data plots`", "name another file: -o FILE")

    def _write(self, found: Plots) -> None:
        from gitdata import terminal
        from gitdata.cli.plot_text import summary
        from gitdata.cli.show import write

        output = self._output or Path(_PAGE)
        notes = [*found.notes]
        if self._png:
            from gitdata.cli.plot_image import drawn, left_out

            write(output, [drawn(found)])
            notes += [left_out(found)] if found.pictures else []
            found = found._replace(pictures=())
        else:
            from gitdata.cli.plot_page import page

            write(output, page(found))
        for note in notes:
            terminal.tell(note)
        if str(output) not in ("/dev/stdout", "/dev/fd/1"):
            terminal.say(f"{output}: {summary(found)}")
        if self._open and not webbrowser.open(output.resolve().as_uri()):
            terminal.tell(f"no browser was found; open {output} yourself")
