"""git data diff: which files differ between versions, and how."""

import json as encoding
from collections.abc import Iterable
from typing import Annotated

import typer

from gitdata.cli.colour import Colour, Palette, palette
from gitdata.cli.diff_wanted import Wanted
from gitdata.cli.options import AsJson, Behind, Offline
from gitdata.cli.pager import paged
from gitdata.cli.place import anywhere
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.source import Source


def diff(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REV | A..B | A...B | A B] [-- PATH...]", help="What to compare; see below."),
    ] = None,
    cached: Annotated[
        bool, typer.Option("--cached", "--staged", help="Compare the last commit (or REV) with what is staged.")
    ] = False,
    patch: Annotated[bool, typer.Option("--patch", "-p", "-u", help="How the contents differ, by their kind.")] = False,
    unified: Annotated[int | None, typer.Option("--unified", "-U", metavar="LINES", help="Lines of context.")] = None,
    word_diff: Annotated[
        str | None, typer.Option("--word-diff", metavar="MODE", help="Words: plain, color or porcelain; implies -p.")
    ] = None,
    space: Annotated[bool, typer.Option("--ignore-all-space", "-w", help="Spaces do not count in lines.")] = False,
    space_change: Annotated[bool, typer.Option("--ignore-space-change", "-b", help="Nor how many there are.")] = False,
    as_text: Annotated[bool, typer.Option("--text", "-a", help="Show tables line by line, too; implies -p.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", metavar="COLUMN[,COLUMN]", help="What names a row of a table; implies -p.")
    ] = None,
    remember: Annotated[
        bool, typer.Option("--remember-key", help="Write --key for these PATHs into .gitdata.toml, for everybody.")
    ] = False,
    summary: Annotated[
        bool | None,
        typer.Option("--summary/--no-summary", help="What changed columns of tables come to; of large ones if asked."),
    ] = None,
    stat: Annotated[bool, typer.Option("--stat", help="As `git diff --stat` shows binary files.")] = False,
    name_only: Annotated[bool, typer.Option("--name-only", help="Paths alone.")] = False,
    name_status: Annotated[bool, typer.Option("--name-status", help="Letters and paths, as `git diff`.")] = False,
    null: Annotated[bool, typer.Option("-z", help="End names with NUL bytes, unquoted.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for a pull request.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when something differs.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing; implies --exit-code.")] = False,
    renames: Annotated[
        bool | None, typer.Option("--renames/--no-renames", help="Whether to look for moved files.")
    ] = None,
    find_renames: Annotated[
        str | None,
        typer.Option(metavar="N%", help="Moved files that kept so much (50%); also -M."),
    ] = None,
    rename_limit: Annotated[
        int | None, typer.Option("-l", metavar="NUMBER", help="Compare at most so many moved files; 0: all.")
    ] = None,
    offline: Offline = False,
    color: Colour = None,
    json: AsJson = False,
    path: Behind = None,
) -> None:
    """Show which data files differ between two versions, with their sizes.

    Without a revision: the work tree against what is staged, as `git diff`; nothing is stored. With one: the work tree
    against it. A..B: B against A. A...B: B against the commit that A and B come from. What is the same in both is not
    read; folders whose listing is not here are fetched, files never.
    """
    from gitdata import terminal
    from gitdata.cli import diff_text as text
    from gitdata.ops.looking.diff import diff as op
    from gitdata.ops.looking.diff import sides
    from gitdata.ops.looking.remember_key import check, remember_key
    from gitdata.ops.looking.similar import find_renames as find_similar
    from gitdata.ops.versions.opened import opened

    options = (
        *((f"-U{unified}",) if unified is not None else ()),
        *((f"--word-diff={word_diff}",) if word_diff is not None else ()),
        *(("-w",) if space else ()),
        *(("-b",) if space_change else ()),
    )
    patch = patch or as_text or any(option is not None for option in (unified, word_diff, key, summary))
    wanted = Wanted(options, as_text, tuple(key.split(",")) if key else (), summary, patch)
    forms = {"--stat": stat, "--name-only": name_only, "--name-status": name_status, "--markdown": markdown}
    form = text.chosen_one([*forms.items(), ("--json", json), ("--patch", patch and not (json or markdown))])
    place = anywhere()
    compared = sides(place, words or [], path or [], cached=cached)
    if remember:
        check(place, wanted.key, compared)
    colours = palette(place, color)
    looking = text.renames_of(place.config, renames, find_renames, rename_limit)
    with opened(place, terminal.progress(), offline=offline) as source:
        found = op(source, compared, renames=looking is not None)
        if looking is not None:
            renamed = find_similar(source, found, least=looking[0], limit=looking[1])
            found = renamed.diff
            if renamed.left_out is not None:
                gone, new = renamed.left_out
                terminal.tell(f"{gone:,} deleted and {new:,} added files were not compared: `-l {max(gone, new)}` does")
        if form == "--json":
            described = text.as_json(found)
            if patch:
                from gitdata.cli import diff_json

                described["contents"] = diff_json.as_json(source, found, wanted)
            print(encoding.dumps(described, indent=2, sort_keys=True))
        elif not quiet and (found.changes or form == "--markdown"):
            with paged(place):
                _show(source, found, wanted, form or "", colours, null=null)
    if remember:
        patterns = remember_key(place, wanted.key, compared, [change.path for change in found.changes])
        terminal.tell(f"rows of {', '.join(patterns)} are known by {', '.join(wanted.key)} (staged .gitdata.toml)")
    if found.changes and (exit_code or quiet):
        raise typer.Exit(1)


def _show(source: Source, found: Diff, wanted: Wanted, form: str, colours: Palette, *, null: bool) -> None:
    """Print what differs, in a form for people or scripts."""
    from gitdata.cli import diff_text as text

    if form in ("--name-only", "--name-status") or null:
        plain = not source.place.config.boolean("core.quotepath", default=True)
        typer.echo(text.names(found, status=form == "--name-status", null=null, plain_high=plain), nl=False)
    elif form == "--markdown":
        _print(text.markdown(found))
        if wanted.contents:
            from gitdata.cli import diff_markdown

            _print(diff_markdown.contents(source, found, colours, wanted))
    elif form == "--patch":
        from gitdata.cli import diff_patch

        diff_patch.show(source, found, colours, wanted)
    else:
        _print(text.stat(found) if form == "--stat" else text.lines(found, colours))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
