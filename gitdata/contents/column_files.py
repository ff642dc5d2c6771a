"""Column files (Parquet, Arrow, Feather): their columns, and their rows as lines of JSON."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from gitdata.contents.readers import reader
from gitdata.disk_errors import in_words
from gitdata.errors import NotText

_ROWS = 8192  # at a time


def columns(file: Path, kind: str) -> dict[str, str]:
    """The columns of a file and their types; `kind` is `parquet`, `arrow` or `feather`.

    Raises `NoReader`, and `NotText` for what is no such file.
    """
    arrow = reader("pyarrow")
    try:
        if kind == "parquet":
            schema = reader("pyarrow.parquet").ParquetFile(file).schema_arrow
        else:
            with reader("pyarrow.ipc").open_file(str(file)) as opened:
                schema = opened.schema
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise NotText(f"this is no {kind} file: {_why(error)}") from error
    return {str(one.name): str(one.type) for one in schema}


def rows(file: Path, kind: str) -> Iterator[bytes]:
    """Its rows, each a JSON object and a newline, some thousand in memory at a time; raises as `columns` does."""
    for batch in _batches(file, kind):
        yield from map(_line, batch.to_pylist())


def _batches(file: Path, kind: str, names: Collection[str] | None = None) -> Iterator[Any]:
    """Some thousand rows at a time; of a Parquet file only the columns `names`, if there are any."""
    arrow = reader("pyarrow")
    try:
        if kind == "parquet":
            only = list(names) if names is not None else None
            yield from reader("pyarrow.parquet").ParquetFile(file).iter_batches(_ROWS, columns=only)
            return
        with reader("pyarrow.ipc").open_file(str(file)) as opened:
            for number in range(opened.num_record_batches):
                batch = opened.get_batch(number)
                for start in range(0, batch.num_rows, _ROWS):
                    yield batch.slice(start, _ROWS)
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise NotText(f"this {kind} file cannot be read: {_why(error)}") from error


def cells(file: Path, kind: str, names: Collection[str]) -> Iterator[dict[str, list[object]]]:
    """The cells of some columns, some thousand rows at a time; raises as `columns` does."""
    for batch in _batches(file, kind, names):
        yield {name: batch.column(place).to_pylist() for place, name in enumerate(batch.schema.names) if name in names}


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, default=_text, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _why(error: Exception) -> str:
    text = in_words(error) if isinstance(error, OSError) and error.errno else str(error)
    return " ".join(text.split())[:200]
