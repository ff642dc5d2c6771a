"""Differences between versions as text: for people, for scripts in Git's own forms, as Markdown, as JSON."""

import os
import re
from collections.abc import Iterable, Sequence

from gitdata.cli.colour import Palette
from gitdata.cli.pager import ANY, columns
from gitdata.formats.tree import Entry
from gitdata.git.config import Config
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.changes import UNREAD, Change, What
from gitdata.ops.versions.source import File
from gitdata.values import frozen
from gitdata.wording import cells, count, octal, padded, quote, safe, size

_ORDER: tuple[What, ...] = ("added", "deleted", "changed", "renamed")


@frozen
class Totals:
    """What some changes come to; sizes in bytes."""

    counts: dict[What, int]
    before: int
    after: int

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Totals":
        """Count."""
        counts: dict[What, int] = dict.fromkeys(_ORDER, 0)
        before = after = 0
        for change in changes:
            counts[change.what] += 1
            before += _size(change.before)
            after += _size(change.after)
        return cls(counts, before, after)

    @property
    def files(self) -> int:
        """How many changes there are."""
        return sum(self.counts.values())

    @property
    def line(self) -> str:
        """In one line."""
        parts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items() if number)
        return f"{count(self.files, 'file')} changed: {parts}; {size(self.before)} -> {size(self.after)}"


def letter(change: Change) -> str:
    """The letter that Git has for it: A, D, M, T (of another kind) or R."""
    if change.before is not None and change.after is not None:
        kinds = change.before.entry.kind, change.after.entry.kind
        if change.what == "renamed":
            return "R"
        return "T" if kinds[0] != kinds[1] and {"link", "dir"} & set(kinds) else "M"
    return "A" if change.before is None else "D"


def lines(found: Diff, palette: Palette) -> Iterable[str]:
    """A line for each file, and one for all."""
    rows = [(letter(change), _names(change), _sizes(change)) for change in found.changes]
    width = max((cells(name) for _letter, name, _sizes in rows), default=0)
    width = min(width, max(20, columns() - 34))
    for mark, name, sizes in rows:
        line = f"{mark}  {padded(name, width)}  {sizes}"
        yield palette.paint({"A": "new", "D": "old"}.get(mark, "context"), line)
    if rows:
        yield palette.paint("meta", Totals.of(found.changes).line)


def stat(found: Diff) -> Iterable[str]:
    """As `git diff --stat` shows binary files."""
    names = [_arrow(change, " => ") for change in found.changes]
    width = min(max(map(cells, names), default=0), max(20, columns(ANY) - 34))
    for name, change in zip(names, found.changes, strict=True):
        yield f" {padded(name, width)} | {_bytes(change)}"
    if names:
        totals = Totals.of(found.changes)
        yield f" {count(totals.files, 'file')} changed, {totals.before} -> {totals.after} bytes"


def _bytes(change: Change) -> str:
    if change.before is not None and change.after is not None and not change.content_differs:
        kinds = change.before.entry.kind, change.after.entry.kind
        return "0 bytes" if kinds[0] == kinds[1] else f"{kinds[0]} -> {kinds[1]}"
    return f"{_size(change.before)} -> {_size(change.after)} bytes"


def _names(change: Change) -> str:
    return _arrow(change, " -> ")


def _arrow(change: Change, arrow: str) -> str:
    if change.what == "renamed" and change.before is not None:
        return f"{shown(change.before.path)}{arrow}{shown(change.path)}"
    return shown(change.path)


def shown(path: bytes) -> str:
    """A path as Git quotes it, with nothing in it that moves the cursor."""
    return safe(os.fsdecode(quote(path)))


def _sizes(change: Change) -> str:
    one, other = change.before, change.after
    if one is None or other is None:
        return _told((one or other), change)
    kinds = "" if one.entry.kind == other.entry.kind else f"  ({one.entry.kind} -> {other.entry.kind})"
    if not change.content_differs:
        return f"{size(other.entry.size)}{kinds}"
    more = other.entry.size - one.entry.size
    return f"{size(one.entry.size)} -> {size(other.entry.size)} ({'+' if more >= 0 else '-'}{size(abs(more))}){kinds}"


def _told(file: File | None, _change: Change) -> str:
    if file is None or file.entry.kind == "dir":
        return "empty directory"
    return size(file.entry.size) + ("  (link)" if file.entry.kind == "link" else "")


def _size(file: File | None) -> int:
    return 0 if file is None or file.entry.kind == "dir" else file.entry.size


def names(found: Diff, *, status: bool, null: bool, plain_high: bool) -> bytes:
    """As `git diff --name-only` and `--name-status` print them; `plain_high` is `core.quotepath=false`."""
    quoted = quote if plain_high else octal
    out: list[bytes] = []
    for change in found.changes:
        old = [change.before.path] if status and change.what == "renamed" and change.before is not None else []
        fields = [*old, change.path]
        mark = (letter(change) + (f"{found.similarity(change):03}" if change.what == "renamed" else "")).encode()
        if null:
            out += [field + b"\0" for field in ([mark, *fields] if status else fields)]
        else:
            out.append(b"\t".join([*([mark] if status else []), *map(quoted, fields)]) + b"\n")
    return b"".join(out)


def markdown(found: Diff) -> Iterable[str]:
    """A table for a pull request."""
    if not found.changes:
        yield f"No data differs between {code(found.before)} and {code(found.after)}."
        return
    yield f"**{Totals.of(found.changes).line}** ({code(found.before)} to {code(found.after)})"
    yield ""
    yield "| | file | before | after |"
    yield "|---|---|--:|--:|"
    for change in found.changes:
        old = f"{code(shown(change.before.path))} to " if change.what == "renamed" and change.before else ""
        sides = (size(_size(file)) + _kind(file.entry) if file else "" for file in (change.before, change.after))
        yield f"| {change.what} | {old}{code(shown(change.path))} | {' | '.join(sides)} |"


def _kind(entry: Entry) -> str:
    return "" if entry.kind == "file" else f" ({entry.kind})"


def code(text: str) -> str:
    """Text in which nothing means anything to Markdown."""
    text = safe(text).replace("|", "\\|")
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    room = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{ticks}{room}{text}{room}{ticks}"


def as_json(found: Diff) -> dict[str, object]:
    """The schema is in docs/versions.md: sizes in bytes, ids as hex (null where nobody has read the content)."""
    totals = Totals.of(found.changes)
    return {
        "before": found.before,
        "after": found.after,
        "files": [
            {"status": change.what, "before": _side(change.before), "after": _side(change.after)}
            | ({"similarity": found.similarity(change)} if change.what == "renamed" else {})
            for change in found.changes
        ],
        "totals": {
            **{str(what): number for what, number in totals.counts.items()},
            "bytes_before": totals.before,
            "bytes_after": totals.after,
        },
    }


def _side(file: File | None) -> dict[str, object] | None:
    if file is None:
        return None
    blob = None if file.entry.id == UNREAD else file.entry.id.hex()
    return {"path": os.fsdecode(file.path), "kind": file.entry.kind, "bytes": _size(file), "id": blob}


def renames_of(
    config: Config, wanted: bool | None, similarity: str | None, limit: int | None
) -> tuple[float, int] | None:
    """How similar renamed files have to be, and how many are compared, as options and configuration say; None: none.

    Raises `UsageError` for what Git would not take.
    """
    from gitdata.errors import UsageError

    off = (config.get("diff.renames") or "true").lower() in ("false", "no", "off", "0")
    if wanted is False or (off and wanted is None and similarity is None):
        return None
    number = re.fullmatch(r"(\d+(?:\.\d+)?)%|(\d+)", similarity or "50%")
    least = 2.0 if number is None else float(number[1]) / 100 if number[1] else float(f"0.{number[2]}")
    if least > 1:
        raise UsageError(f"-M{safe(similarity or '')} is no similarity", "write -M90%, say")
    if limit is None:
        limit = config.integer("diff.renameLimit", 1000)
    return least, max(0, limit)


def chosen_one(options: Sequence[tuple[str, bool]]) -> str | None:
    """The one of several options that is given; raises `UsageError` for two."""
    from gitdata.errors import UsageError

    given = [name for name, is_given in options if is_given]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} are two forms of output", "choose one")
    return given[0] if given else None
