"""Kinds: how two versions of an array, a model, an image or a column file differ."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from gitdata.contents import array_diff, arrays, column_files, column_summary, images
from gitdata.contents.array_diff import ArrayDiff
from gitdata.contents.column_summary import Summaries
from gitdata.contents.images import Image, ImageDiff
from gitdata.contents.kinds import kind_of
from gitdata.contents.rows import Run
from gitdata.contents.table_diff import TableDiff
from gitdata.contents.table_diff import compare as compare_rows
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.row_keys import key_of
from gitdata.ops.versions.source import File, Source
from gitdata.values import frozen


@frozen
class ColumnsDiff:
    """How two column files differ."""

    retyped: tuple[tuple[str, str, str], ...]  # column, type before and after
    table: TableDiff
    summaries: Summaries | None  # None: nobody wanted them, or a side is missing


Found = ArrayDiff | ColumnsDiff | Image | ImageDiff


def compare(source: Source, found: Diff, change: Change, key: Sequence[str] = (), *, summarised: bool = False) -> Found:
    """How the two versions of a file differ, or what the only one is; of columns with summaries where that is wanted.

    The contents are written to a temporary directory. Raises `NoReader` where what reads them is not installed,
    `NotText` for what is not what its name says, and as `Source.stream` does.
    """
    kind = kind_of(change.path)
    suffix = change.path.rpartition(b".")[2].lower().decode("ascii", "replace")
    with tempfile.TemporaryDirectory(prefix="git-data-") as folder:
        before, after = (
            _written(source, found, file, Path(folder) / f"{name}.{suffix}")
            for name, file in (("before", change.before), ("after", change.after))
        )
        if kind == "array":
            sides = (arrays.tensors(file, suffix) if file is not None else {} for file in (before, after))
            return array_diff.compare(*sides)
        if kind == "image":
            return _images(before, after)
        keys = tuple(key), key_of(source.place, change.path)
        return _columns(before, after, suffix, keys, summarised=summarised)


def _written(source: Source, found: Diff, file: File | None, to: Path) -> Path | None:
    if file is None:
        return None
    with open(to, "wb") as out:
        out.writelines(found.stream(source, file))
    return to


def _images(before: Path | None, after: Path | None) -> Image | ImageDiff:
    if before is not None and after is not None:
        return images.compare(before, after)
    only = before or after
    if only is None:
        raise ValueError("a change has a side")
    return images.look(only)


def _columns(
    before: Path | None,
    after: Path | None,
    kind: str,
    keys: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    summarised: bool,
) -> ColumnsDiff:
    """`keys` are the one that was typed and the one that is said of many files, which need not be true of each."""
    types = [column_files.columns(file, kind) if file is not None else {} for file in (before, after)]
    key = keys[0] or (keys[1] if all(name in types[0] or name in types[1] for name in keys[1]) else ())
    rows = [column_files.rows(file, kind) if file is not None else iter(()) for file in (before, after)]
    table = compare_rows([Run(rows[0], rows[1])], "jsonl", key, columns=(list(types[0]), list(types[1])))
    retyped = tuple((name, old, types[1][name]) for name, old in types[0].items() if types[1].get(name, old) != old)
    summaries = None
    if summarised and before is not None and after is not None:
        pairs = column_summary.pairs_of(table)
        names = [{pair[side] for pair in pairs[: column_summary.COLUMNS]} - {None} for side in (0, 1)]
        cells = (
            column_files.cells(file, kind, [name for name in names[side] if name is not None])
            for side, file in enumerate((before, after))
        )
        summaries = column_summary.of_cells(pairs, *cells)
    return ColumnsDiff(retyped, table, summaries)
