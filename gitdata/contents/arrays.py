"""Arrays and models (npy, npz, safetensors): which tensors a file has and where their values lie; no pickle is read."""

import ast
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gitdata.errors import NotText

_HEADER = 100 << 20  # bytes of a header at most, as safetensors has it
_TENSORS = 1_000_000
DAMAGE = (ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file, or an archive with a password, raises."""

_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bf16", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip


class Tensor(NamedTuple):
    """One array of a file."""

    name: str  # empty in a file that has but one
    dtype: str  # as numpy writes it, `bf16`, or what else the file says
    shape: tuple[int, ...]
    by_column: bool  # Fortran's order
    values: Callable[[], BinaryIO]  # opens the file where they begin; the caller closes it

    @property
    def total(self) -> int:
        """How many values it has."""
        return prod(self.shape)

    @property
    def readable(self) -> bool:
        """Whether its values are numbers, and not pickled objects or records."""
        return self.dtype == "bf16" or (self.dtype[:1] in "<>|=" and self.dtype[1:2] in ("f", "i", "u", "b", "c"))


def tensors(file: Path, kind: str) -> dict[str, Tensor]:
    """The tensors of a file by name; `kind` is `npy`, `npz` or `safetensors`. Raises `NotText`."""
    try:
        if kind == "npy":
            return {"": _npy("", lambda: open(file, "rb"))}
        return _npz(file) if kind == "npz" else _safetensors(file)
    except (*DAMAGE, KeyError, TypeError, SyntaxError, RecursionError, MemoryError, OverflowError) as error:
        raise NotText(f"this is no {kind}: {' '.join(str(error).split())[:200]}") from error


def _npz(file: Path) -> dict[str, Tensor]:
    found = {}
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    for name in names[:_TENSORS]:
        if name.endswith(".npy"):
            tensor = _npy(name.removesuffix(".npy"), _Member(file, name))
            found[tensor.name] = tensor
    return found


class _Member:
    """Opens a member of an archive."""

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._name = file, name

    def __call__(self) -> BinaryIO:
        return zipfile.ZipFile(self._file).open(self._name)  # type: ignore[return-value]


def _npy(name: str, opened: Callable[[], BinaryIO]) -> Tensor:
    with opened() as file:
        head = file.read(8)
        if head[:6] != b"\x93NUMPY" or head[6:7] not in (b"\x01", b"\x02", b"\x03"):
            raise ValueError("no npy header")
        wide = head[6:7] != b"\x01"
        length = struct.unpack("<I" if wide else "<H", file.read(4 if wide else 2))[0]
        if length > _HEADER:
            raise ValueError("its header is too long")
        described = ast.literal_eval(file.read(length).decode("utf-8" if head[6:7] == b"\x03" else "latin-1"))
    shape = _shape(described["shape"])
    descr = described["descr"]
    start = 8 + (4 if wide else 2) + length
    return Tensor(name, descr if isinstance(descr, str) else "record", shape, bool(described["fortran_order"]),
                  _After(opened, start))  # fmt: skip


class _After:
    """Opens a file behind its header."""

    def __init__(self, opened: Callable[[], BinaryIO], start: int) -> None:
        self._opened, self._start = opened, start

    def __call__(self) -> BinaryIO:
        file = self._opened()
        with suppress(BaseException):
            left = self._start
            while left and (skipped := file.read(min(left, 1 << 20))):
                left -= len(skipped)
        return file


def _safetensors(file: Path) -> dict[str, Tensor]:
    with open(file, "rb") as opened:
        length = struct.unpack("<Q", opened.read(8))[0]
        if length > _HEADER:
            raise ValueError("its header is too long")
        described = json.loads(opened.read(length))
    if not isinstance(described, dict):
        raise ValueError("its header is no object")
    found = {}
    for name, item in described.items():
        if name == "__metadata__":
            continue
        begin = int(item["data_offsets"][0])
        if begin < 0:
            raise ValueError("a tensor lies before the file")
        dtype = str(item["dtype"])
        found[name] = Tensor(
            name, _TYPES.get(dtype, dtype), _shape(item["shape"]), False, _At(file, 8 + length + begin)
        )
        if len(found) > _TENSORS:
            raise ValueError("it has too many tensors")
    return found


class _At:
    """Opens a file at a place."""

    def __init__(self, file: Path, place: int) -> None:
        self._file, self._place = file, place

    def __call__(self) -> BinaryIO:
        opened = open(self._file, "rb")  # noqa: SIM115 - the caller closes it
        opened.seek(self._place)
        return opened


def _shape(value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(size, int) and size >= 0 for size in value):
        raise ValueError("no shape")
    return tuple(value)


def blocks(file: BinaryIO, total: int, size: int) -> Iterator[bytes]:
    """`total` bytes of a file, `size` at a time; raises `NotText` when it ends before."""
    left = total
    while left:
        data = b""
        while len(data) < min(size, left):
            more = file.read(min(size, left) - len(data))
            if not more:
                raise NotText("its values are cut off")
            data += more
        left -= len(data)
        yield data
