"""git data params, git data metrics: values in files of parameters and metrics, in revisions and side by side."""

import json as encoding
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import typer

from gitdata.cli.epilog import epilog
from gitdata.cli.git_words import GitWords, parted
from gitdata.cli.options import AsJson, Offline
from gitdata.cli.pager import ANY, columns, paged
from gitdata.cli.place import anywhere
from gitdata.ops.measuring.changes import Absent, Change, Value, changes
from gitdata.ops.measuring.measured import Measured, Word

params = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show and compare parameters (params.yaml ...).")
metrics = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show and compare metrics (metrics.json ...).")

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REVISION]... [--] [PATHSPEC]...", help="The work tree, and the usual files."),
]
Pair = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REVISION [REVISION]] [--] [PATHSPEC]...", help="HEAD and the work tree, if left out."),
]
Branches = Annotated[bool, typer.Option("--all-branches", help="Of every branch.")]
Tags = Annotated[bool, typer.Option("--all-tags", help="Of every tag.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="A table for a pull request.")]
All = Annotated[bool, typer.Option("--all", help="Values that are the same, too.")]

_NUMBER_DIGITS = 6


def _show(
    word: Word, words: list[str] | None, *, branches: bool, tags: bool, markdown: bool, offline: bool, json: bool
) -> None:
    from gitdata import terminal
    from gitdata.errors import UsageError
    from gitdata.ops.measuring.measured import measured, refs
    from gitdata.ops.versions.opened import opened

    if markdown and json:
        raise UsageError("--markdown and --json are two forms", "choose one")
    place = anywhere()
    typed = parted(place, words)
    revisions: list[str | None] = [*typed.revisions, *refs(place, branches=branches, tags=tags)]
    with opened(place, terminal.progress(), offline=offline) as source:
        found = measured(place, source, word, revisions or [None], typed.paths)
    if json:
        listed = [
            {
                "revision": one.name,
                "commit": one.commit,
                "files": [_file(path, table) for path, table in one.files.items()],
            }
            for one in found
        ]
        print(encoding.dumps(listed, indent=2))
        return
    several = len(found) > 1
    rows = [
        [*([one.name] if several else []), terminal.safe(path), terminal.safe(name), _text(value)]
        for one in found
        for path, table in one.files.items()
        for name, value in table.items()
    ]
    head = [*(["Revision"] if several else []), "File", "Name", "Value"]
    with paged(place):
        _print(word, head, rows, markdown=markdown)


def _diff(word: Word, words: list[str] | None, *, unchanged: bool, markdown: bool, offline: bool, json: bool) -> None:
    from gitdata import terminal
    from gitdata.errors import UsageError
    from gitdata.ops.measuring.measured import measured
    from gitdata.ops.versions.opened import opened

    if markdown and json:
        raise UsageError("--markdown and --json are two forms", "choose one")
    place = anywhere()
    typed = parted(place, words)
    first, last = _two(typed.revisions)
    with opened(place, terminal.progress(), offline=offline) as source:
        before, after = measured(place, source, word, [first, last], typed.paths)
    found = list(changes(before, after, unchanged=unchanged))
    if json:
        print(encoding.dumps(_as_mapping(before, after, found), indent=2))
        return
    rows = [
        [terminal.safe(one.path), terminal.safe(one.name), _text(one.before), _text(one.after), _change(one)]
        for one in found
    ]
    if not rows and (before.files or after.files) and not markdown:
        terminal.say(f"{before.name} and {after.name} have the same {word}")
        return
    with paged(place):
        _print(word, ["File", "Name", before.name, after.name, "Change"], rows, markdown=markdown)


def _two(revisions: Sequence[str]) -> tuple[str, str | None]:
    from gitdata.errors import UsageError

    if len(revisions) == 1 and ".." in revisions[0] and "..." not in revisions[0]:
        before, _, after = revisions[0].partition("..")
        return before or "HEAD", after or "HEAD"
    if len(revisions) > 2:
        raise UsageError(f"{len(revisions)} revisions", "name one, to compare with the work tree, or two")
    return revisions[0] if revisions else "HEAD", revisions[1] if len(revisions) > 1 else None


def _print(word: Word, head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> None:
    from gitdata import terminal
    from gitdata.wording import cells, narrowed, padded

    safe = [terminal.safe(name) for name in head]
    if markdown:
        for row in (safe, ["---"] * len(safe), *rows):
            print(
                "| "
                + " | ".join(cell.replace("\\|", "|").replace("|", "\\|").replace("<", "&lt;") for cell in row)
                + " |"
            )
        return
    if not rows:
        terminal.say(f"there are no {word}: no {word}.json, {word}.yaml or {word}.toml, and none in .gitdata.toml")
        return
    whole = [max(map(cells, column)) for column in zip(safe, *rows, strict=True)]
    widths = narrowed(whole, columns(ANY) - 2 * len(whole))
    for row in (safe, *rows):
        print("  ".join(map(padded, row, widths)).rstrip())


def _text(value: Value) -> str:
    from gitdata import terminal

    if isinstance(value, Absent):
        return "-"
    if isinstance(value, str):
        return terminal.safe(value)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _change(one: Change) -> str:
    difference = one.difference
    if isinstance(difference, int):
        return f"{difference:+,}"
    if difference is not None:
        return f"{difference:+.{_NUMBER_DIGITS}g}"
    if isinstance(one.before, Absent):
        return "added"
    return "removed" if isinstance(one.after, Absent) else "" if one.before == one.after else "changed"


def _file(path: bytes, table: Mapping[str, Value]) -> dict[str, object]:
    return {
        "path": path.decode(errors="surrogateescape"),
        "values": {name: _plain(value) for name, value in table.items()},
    }


def _plain(value: Value) -> object:
    if isinstance(value, Absent):
        return None
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _as_mapping(before: Measured, after: Measured, found: Iterable[Change]) -> dict[str, object]:
    return {
        "before": before.name,
        "after": after.name,
        "changes": [
            {
                "path": one.path.decode(errors="surrogateescape"),
                "name": one.name,
                "status": _status(one),
                "before": _plain(one.before),
                "after": _plain(one.after),
                "change": _plain(one.difference),
            }
            for one in found
        ],
    }


def _status(one: Change) -> str:
    if isinstance(one.before, Absent) or isinstance(one.after, Absent):
        return "added" if isinstance(one.before, Absent) else "removed"
    return "same" if one.before == one.after and type(one.before) is type(one.after) else "changed"


def _add(app: typer.Typer, word: Word) -> None:
    """The two commands of a word."""

    def show(
        words: Words = None,
        branches: Branches = False,
        tags: Tags = False,
        markdown: Markdown = False,
        offline: Offline = False,
        json: AsJson = False,
    ) -> None:
        _show(word, words, branches=branches, tags=tags, markdown=markdown, offline=offline, json=json)

    def diff(
        words: Pair = None,
        unchanged: All = False,
        markdown: Markdown = False,
        offline: Offline = False,
        json: AsJson = False,
    ) -> None:
        _diff(word, words, unchanged=unchanged, markdown=markdown, offline=offline, json=json)

    usual = f"Files: {word}.yaml, .json, .toml ... at the top and in data roots, or [{word}] files in .gitdata.toml."
    app.command("show", cls=GitWords, help=f"Print the values of {word} in the work tree or in revisions. {usual}",
                epilog=epilog(f"git data {word} show", f"git data {word} show --all-tags"))(show)  # fmt: skip
    app.command("diff", cls=GitWords, help=f"Compare the values of {word} in two versions. {usual}",
                epilog=epilog(f"git data {word} diff", f"git data {word} diff --markdown main HEAD"))(diff)  # fmt: skip


_add(params, "params")
_add(metrics, "metrics")
