"""Fields: the cells of one row of CSV or TSV."""

import csv
from typing import Literal

from gitdata.contents.rows import ROW_LIMIT
from gitdata.errors import NotText

Format = Literal["csv", "tsv", "jsonl"]


def format_of(path: bytes) -> Format:
    """The format that the name of a table says."""
    suffix = path.rpartition(b".")[2].lower()
    return "tsv" if suffix == b"tsv" else "csv" if suffix == b"csv" else "jsonl"


def fields(row: bytes, form: Format) -> list[str]:
    """The cells of a row; raises `NotText`."""
    text = row.decode("utf-8", "surrogateescape")
    if "\t" not in text and "," not in text and '"' not in text:
        return [text]
    csv.field_size_limit(ROW_LIMIT)
    try:
        return next(csv.reader([text], delimiter="\t" if form == "tsv" else ",", strict=False), [])
    except csv.Error as error:
        raise NotText(f"a row cannot be read: {error}") from error
