"""Differences of contents as JSON; the schema is in docs/versions.md."""

import math
import os

from gitdata.cli import diff_summaries, diff_tables
from gitdata.cli.diff_patch import is_summarised
from gitdata.cli.diff_wanted import Wanted
from gitdata.contents.array_diff import ArrayDiff, TensorDiff
from gitdata.contents.arrays import Tensor
from gitdata.contents.column_summary import Summaries
from gitdata.contents.images import Image, ImageDiff
from gitdata.contents.kinds import Kind
from gitdata.contents.table_diff import TableDiff
from gitdata.errors import NoReader, NotText
from gitdata.ops.looking import kinds
from gitdata.ops.looking.diff import Diff
from gitdata.ops.looking.patch import shared, sort, text_patches
from gitdata.ops.looking.summaries import summarise
from gitdata.ops.looking.tables import compare_tables
from gitdata.ops.versions.changes import Change
from gitdata.ops.versions.source import Source

Json = dict[str, object]


def as_json(source: Source, found: Diff, wanted: Wanted) -> Json:
    """By path, how the contents of each changed file differ."""
    done = sort(source, found, as_text=wanted.as_text)
    described: dict[bytes, Json] = {}
    texts = text_patches(source, found, done.text, wanted.options)
    for change in done.text:
        patch = texts.get(change.path, b"").decode("utf-8", "backslashreplace")
        described[change.path] = {"kind": "text", "patch": patch}
    for kind, changes in done.by_kind.items():
        for change in changes:
            described[change.path] = _of_kind(source, found, change, kind, wanted)
    for change in done.binary:
        described[change.path] = {"kind": "binary", **_sizes(source, found, change)}
    return {os.fsdecode(path): described[path] for path in sorted(described)}


def _of_kind(source: Source, found: Diff, change: Change, kind: Kind, wanted: Wanted) -> Json:
    summarised = is_summarised(source, change, wanted)
    try:
        if kind == "table":
            table = compare_tables(source, found, change, wanted.key)
            summaries = summarise(source, found, change, table) if summarised else None
            return {"kind": kind, **_table(table, summaries)}
        compared = kinds.compare(source, found, change, wanted.key, summarised=summarised)
    except (NoReader, NotText) as error:
        return {"kind": kind, "error": str(error), **_sizes(source, found, change)}
    if isinstance(compared, ArrayDiff):
        return {"kind": kind, "same": compared.same, "arrays": [_array(one) for one in compared.tensors]}
    if isinstance(compared, Image):
        before, after = (compared if file is not None else None for file in (change.before, change.after))
        return {"kind": kind, "before": _image(before), "after": _image(after), "mean_difference": None}
    if isinstance(compared, ImageDiff):
        sides = {"before": _image(compared.before), "after": _image(compared.after)}
        return {"kind": kind, **sides, "mean_difference": compared.mean}
    retyped = [list(one) for one in compared.retyped]
    return {"kind": kind, "retyped": retyped, **_table(compared.table, compared.summaries)}


def _table(table: TableDiff, summaries: Summaries | None) -> Json:
    summary = diff_summaries.as_json(summaries) if summaries is not None else None
    return {**diff_tables.as_json(table), "summaries": summary}


def _array(one: TensorDiff) -> Json:
    values = one.values
    return {
        "name": one.name,
        "before": _tensor(one.before),
        "after": _tensor(one.after),
        "values": {
            "different": values.different,
            "norm": _number(values.norm),
            "norm_before": _number(values.norm_before),
            "largest": _number(values.largest),
        } if values is not None else None,
        "why_not": one.why or None,
    }  # fmt: skip


def _tensor(one: Tensor | None) -> Json | None:
    if one is None:
        return None
    return {"dtype": one.dtype.lstrip("<|="), "shape": list(one.shape), "by_column": one.by_column}


def _number(value: float) -> float | str:
    """JSON knows no infinite numbers."""
    return value if math.isfinite(value) else str(value)


def _image(one: Image | None) -> Json | None:
    return {"width": one.width, "height": one.height, "mode": one.mode} if one is not None else None


def _sizes(source: Source, found: Diff, change: Change) -> Json:
    before, after = (file.entry.size if file is not None else None for file in (change.before, change.after))
    common = shared(source, found, change)
    chunks = {"of": common.of, "same": common.chunks, "bytes_same": common.size} if common is not None else None
    return {"bytes_before": before, "bytes_after": after, "chunks": chunks}
