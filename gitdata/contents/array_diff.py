"""How the tensors of two files differ, a MiB of values in memory at a time."""

import math
import operator
from collections.abc import Mapping
from typing import Any

from gitdata.contents.arrays import DAMAGE, Tensor, blocks
from gitdata.contents.readers import reader
from gitdata.errors import NoReader, NotText
from gitdata.values import frozen

_VALUES = 1 << 17  # of each side in memory


@frozen
class Difference:
    """How the values of two tensors of one shape and type differ."""

    different: int  # values
    norm: float  # Euclidean, of the difference
    norm_before: float
    largest: float  # difference of two values, by amount


@frozen
class TensorDiff:
    """A tensor that differs; one side is missing where it is new or gone."""

    before: Tensor | None
    after: Tensor | None
    values: Difference | None  # None: of another shape or type, or nobody can read them
    why: str = ""  # they were not read

    @property
    def name(self) -> str:
        """Its name in the file."""
        tensor = self.after or self.before
        return tensor.name if tensor is not None else ""


@frozen
class ArrayDiff:
    """How two files of tensors differ."""

    tensors: tuple[TensorDiff, ...]
    same: int  # how many have the same values


def compare(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> ArrayDiff:
    """Compare the tensors of two files by name; raises `NotText` for a file that is cut off."""
    found = []
    same, told = 0, False
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if one is None or other is None or (one.shape, one.dtype, one.by_column) != (
            other.shape, other.dtype, other.by_column
        ):  # fmt: skip
            found.append(TensorDiff(one, other, None))
        elif not one.readable:
            found.append(TensorDiff(one, other, None, "its values are not numbers, and are not read"))
        else:
            try:
                values = _values(one, other)
            except NoReader as error:
                if _same_bytes(one, other):
                    same += 1
                else:
                    why = "its values differ" if told else f"its values differ; {error} ({error.hint})"
                    told = True
                    found.append(TensorDiff(one, other, None, why))
                continue
            except DAMAGE as error:
                raise NotText(f"its values cannot be read: {' '.join(str(error).split())[:200]}") from error
            if values.different:
                found.append(TensorDiff(one, other, values))
            else:
                same += 1
    return ArrayDiff(tuple(found), same)


def _values(one: Tensor, other: Tensor) -> Difference:
    numpy = reader("numpy")
    width = 2 if one.dtype == "bf16" else int(numpy.dtype(one.dtype).itemsize)
    different, squares, before, largest = 0, 0.0, 0.0, 0.0
    with one.values() as here, other.values() as there, numpy.errstate(all="ignore"):
        pairs = zip(
            blocks(here, one.total * width, _VALUES * width), blocks(there, other.total * width, _VALUES * width),
            strict=True,
        )  # fmt: skip
        for mine, theirs in pairs:
            if mine == theirs:
                before += _squares(numpy, _numbers(numpy, mine, one.dtype))
                continue
            a, b = (_numbers(numpy, data, one.dtype) for data in (mine, theirs))
            apart = abs(b - a)
            unlike = (a != b) & ~(numpy.isnan(a) & numpy.isnan(b))
            different += int(unlike.sum())
            apart = apart[unlike & numpy.isfinite(apart)]
            squares += float((apart**2).sum())
            before += _squares(numpy, a)
            largest = max(largest, float(apart.max()) if apart.size else 0.0)
    return Difference(different, math.sqrt(squares), math.sqrt(before), largest)


def _same_bytes(one: Tensor, other: Tensor) -> bool:
    """Whether tensors of one shape and type are the same, byte by byte."""
    width = 2 if one.dtype == "bf16" else int(one.dtype.lstrip("<>|=")[1:])
    with one.values() as here, other.values() as there:
        parts = (blocks(file, one.total * width, _VALUES * width) for file in (here, there))
        return all(map(operator.eq, *parts))


def _numbers(numpy: Any, data: bytes, dtype: str) -> Any:
    """Values in double precision."""
    try:
        if dtype == "bf16":
            return (numpy.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").astype("f8")
        values = numpy.frombuffer(data, numpy.dtype(dtype))
        return values.astype("c16" if values.dtype.kind == "c" else "f8")
    except (TypeError, ValueError) as error:
        raise NotText(f"values of type {dtype} cannot be read") from error


def _squares(numpy: Any, values: Any) -> float:
    sizes = abs(values)
    return float((sizes[numpy.isfinite(sizes)] ** 2).sum())
