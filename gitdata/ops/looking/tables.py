"""Tables: how two versions of a table differ, without reading what is the same in both twice."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from gitdata.contents.row_fields import format_of
from gitdata.contents.rows import Run
from gitdata.contents.table_diff import TableDiff, compare
from gitdata.errors import UsageError
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.row_keys import key_of
from gitdata.ops.versions.source import File, Source
from gitdata.store import parts
from gitdata.store.in_common import stretches
from gitdata.store.parts import Piece


def compare_tables(source: Source, found: Diff, change: Change, key: Sequence[str] = ()) -> TableDiff:
    """How the two versions of a table differ; rows are known by `key`, or what `.gitdata.toml` says, or what is found.

    What `.gitdata.toml` says of many tables need not be true of each. Raises `NotText` for what is no table,
    `UsageError` for a `key` that has no column, and as `Source.stream` does.
    """
    form = format_of(change.path)
    if not key and (said := key_of(source.place, change.path)):
        with suppress(UsageError):
            return compare(runs(source, found, change), form, said)
    return compare(runs(source, found, change), form, tuple(key))


def runs(source: Source, found: Diff, change: Change) -> Iterator[Run]:
    """The two versions as runs of bytes that both have, and of others."""
    layouts = [
        parts.layout(source.store, file.entry.id) if file is not None and not found.in_work_tree(file) else None
        for file in (change.before, change.after)
    ]
    if layouts[0] is None or layouts[1] is None:
        yield Run(*(_stream(source, found, file) for file in (change.before, change.after)))
        return
    for stretch in stretches(layouts[0], layouts[1]):
        if stretch.same:
            yield Run(_read(source, stretch.after), same=True)
        else:
            yield Run(_read(source, stretch.before), _read(source, stretch.after))


def _read(source: Source, pieces: Sequence[Piece]) -> Iterator[bytes | memoryview]:
    return parts.read(source.store, pieces, pieces[0].start, pieces[-1].end) if pieces else iter(())


def _stream(source: Source, found: Diff, file: File | None) -> Iterator[bytes | memoryview]:
    return found.stream(source, file) if file is not None else iter(())
