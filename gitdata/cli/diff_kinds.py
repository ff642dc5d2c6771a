"""Differences of arrays, models, images and column files in words."""

from collections.abc import Iterator

from gitdata.cli import diff_summaries, diff_tables
from gitdata.cli.colour import Palette
from gitdata.contents.array_diff import ArrayDiff, TensorDiff
from gitdata.contents.arrays import Tensor
from gitdata.contents.images import Image, ImageDiff
from gitdata.ops.looking.kinds import ColumnsDiff, Found
from gitdata.wording import count, safe


def lines(found: Found, palette: Palette) -> Iterator[str]:
    """What differs."""
    if isinstance(found, ArrayDiff):
        yield from _arrays(found, palette)
    elif isinstance(found, Image):
        yield f"image {_image(found)}"
    elif isinstance(found, ImageDiff):
        yield _images(found)
    else:
        yield from _columns(found, palette)


def _arrays(found: ArrayDiff, palette: Palette) -> Iterator[str]:
    for one in found.tensors:
        slot = "new" if one.before is None else "old" if one.after is None else "context"
        mark = {"new": "+", "old": "-"}.get(slot, "~")
        yield palette.paint(slot, f"{mark} array{' ' + safe(one.name) if one.name else ''}: {_tensor(one)}")
    if found.same:
        yield palette.paint("frag", f"  {count(found.same, 'array')} with the same values")


def _tensor(one: TensorDiff) -> str:
    if one.before is None or one.after is None:
        return _type(one.after or one.before)
    if one.values is None:
        same = _type(one.before) == _type(one.after)
        types = _type(one.after) if same else f"{_type(one.before)} -> {_type(one.after)}"
        return f"{types}{', ' + one.why if one.why else ''}"
    values = one.values
    share = f" ({100 * values.norm / values.norm_before:.3g} % of the norm before)" if values.norm_before else ""
    return (
        f"{_type(one.after)}, {values.different:,} of {count(one.after.total, 'value')} differ; norm of the difference "
        f"{values.norm:.6g}{share}, largest {values.largest:.6g}"
    )


def _type(tensor: Tensor | None) -> str:
    if tensor is None:
        return ""
    order = " by column" if tensor.by_column and len(tensor.shape) > 1 else ""
    return f"{safe(tensor.dtype.lstrip('<|='))} {list(tensor.shape)}{order}"


def _image(one: Image) -> str:
    return f"{one.width} x {one.height} {safe(one.mode)}"


def _images(found: ImageDiff) -> str:
    if found.before != found.after:
        return f"image {_image(found.before)} -> {_image(found.after)}"
    mean = "too large to compare" if found.mean is None else f"mean difference {found.mean:.4g} of 255"
    return f"image {_image(found.after)}, {mean}"


def _columns(found: ColumnsDiff, palette: Palette) -> Iterator[str]:
    for name, old, new in found.retyped:
        yield f"~ column {safe(name)}: {safe(old)} -> {safe(new)}"
    yield from diff_tables.lines(found.table, palette)
    if found.summaries is not None:
        yield from diff_summaries.lines(found.summaries, palette)
