"""Kinds of content: by the name of a file, and whether it is text."""

from typing import Literal

Kind = Literal["table", "array", "image", "columns", "other"]

_SUFFIXES: dict[bytes, Kind] = {
    **dict.fromkeys((b"csv", b"tsv", b"jsonl", b"ndjson"), "table"),
    **dict.fromkeys((b"npy", b"npz", b"safetensors"), "array"),
    **dict.fromkeys((b"png", b"jpg", b"jpeg", b"gif", b"bmp", b"tif", b"tiff", b"webp"), "image"),
    **dict.fromkeys((b"parquet", b"arrow", b"feather"), "columns"),
}
LOOKED_AT = 8000  # bytes, as Git looks at


def kind_of(path: bytes) -> Kind:
    """The kind that the name of a file says."""
    return _SUFFIXES.get(path.rpartition(b".")[2].lower(), "other")


def is_text(beginning: bytes) -> bool:
    """Whether content that begins so is text to Git: there is no NUL in its first 8,000 bytes."""
    return b"\0" not in beginning[:LOOKED_AT]
