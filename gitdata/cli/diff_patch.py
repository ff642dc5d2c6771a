"""Differences of contents, as `git diff -p` shows them and, where lines say nothing, in words."""

import sys
from collections.abc import Iterable

from gitdata.cli import diff_kinds, diff_summaries, diff_tables
from gitdata.cli.colour import Palette
from gitdata.cli.diff_text import shown
from gitdata.cli.diff_wanted import Wanted
from gitdata.errors import NoReader, NotText
from gitdata.ops.looking import kinds
from gitdata.ops.looking.diff import Diff
from gitdata.ops.looking.patch import Shared, shared, show_text, sort
from gitdata.ops.looking.summaries import has_two_sides, is_small, summarise
from gitdata.ops.looking.tables import compare_tables
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import Source
from gitdata.wording import size

_MODES = {"file": "100644", "exec": "100755", "link": "120000", "dir": "040000"}


def show(source: Source, found: Diff, palette: Palette, wanted: Wanted) -> None:
    """Print how contents differ: text files first, by Git itself, then all others."""
    done = sort(source, found, as_text=wanted.as_text)
    if done.text:
        sys.stdout.flush()
        show_text(source, found, done.text, [f"--color={'always' if palette.shown else 'never'}", *wanted.options])
    for change in done.same:
        _print(head(found, change, palette))
    tables = done.by_kind.pop("table", [])
    for change in tables:
        try:
            table = compare_tables(source, found, change, wanted.key)
            summaries = summarise(source, found, change, table) if is_summarised(source, change, wanted) else None
        except NotText as error:
            _print([*head(found, change, palette), palette.paint("frag", f"no table: {error}")])
            continue
        _print([*head(found, change, palette), *diff_tables.lines(table, palette)])
        _print(diff_summaries.lines(summaries, palette) if summaries else _unsummarised(change, palette, wanted))
    for change in sorted((one for some in done.by_kind.values() for one in some), key=lambda change: change.path):
        _print([*head(found, change, palette), *_in_words(source, found, change, palette, wanted)])
    for change in done.binary:
        _print([*head(found, change, palette), sizes(change, shared(source, found, change))])


def is_summarised(source: Source, change: Change, wanted: Wanted) -> bool:
    """Whether the columns of a table are summarised."""
    return has_two_sides(change) and (is_small(source, change) if wanted.summary is None else wanted.summary)


def _unsummarised(change: Change, palette: Palette, wanted: Wanted) -> Iterable[str]:
    if wanted.summary is None and has_two_sides(change):
        yield palette.paint("frag", "  a large table: `--summary` reads all of it and says what its columns come to")


def _in_words(source: Source, found: Diff, change: Change, palette: Palette, wanted: Wanted) -> Iterable[str]:
    """What a reader of its kind says, or the sizes and why it says nothing."""
    try:
        summarised = is_summarised(source, change, wanted)
        compared = kinds.compare(source, found, change, wanted.key, summarised=summarised)
        return list(diff_kinds.lines(compared, palette))
    except (NoReader, NotText) as error:
        hint = f" ({error.hint})" if isinstance(error, NoReader) else ""
        return [sizes(change, shared(source, found, change)), palette.paint("frag", f"{error}{hint}")]


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def head(found: Diff, change: Change, palette: Palette) -> list[str]:
    """The lines with which Git begins a file."""
    one, other = change.before or change.after, change.after or change.before
    if one is None or other is None:
        return []
    names = f"diff --git {shown(b'a/' + one.path)} {shown(b'b/' + other.path)}"
    lines = [names]
    kinds = [_MODES[file.entry.kind] for file in (one, other)]
    if change.before is None:
        lines.append(f"new file mode {kinds[1]}")
    elif change.after is None:
        lines.append(f"deleted file mode {kinds[0]}")
    elif kinds[0] != kinds[1]:
        lines += [f"old mode {kinds[0]}", f"new mode {kinds[1]}"]
    if change.what == "renamed":
        lines += [
            f"similarity index {found.similarity(change)}%",
            f"rename from {shown(one.path)}",
            f"rename to {shown(other.path)}",
        ]
    return [palette.paint("meta", line) for line in lines]


def sizes(change: Change, common: Shared | None) -> str:
    """What is said of a binary file."""
    before, after = (size(file.entry.size) if file is not None else "" for file in (change.before, change.after))
    if not before or not after:
        return f"Binary file, {before or after}"
    more = ""
    if common is not None:
        more = f", {common.chunks:,} of {common.of:,} chunks ({size(common.size)}) are the same"
    return f"Binary files differ: {before} -> {after}{more}"
