"""Which files hold plots: by convention, or as `.gitdata.toml` names them, and what is drawn of them."""

from fnmatch import fnmatchcase
from typing import Literal, get_args

from gitdata.errors import BadFormat, UnsafeName
from gitdata.formats.names import check_path
from gitdata.values import field, frozen
from gitdata.wording import shown

ENDINGS = (
    "csv", "tsv", "json", "jsonl", "ndjson", "png", "jpg", "jpeg", "gif", "webp", "bmp", "svg",
)  # fmt: skip
CONVENTION = (*(f"plots.{ending}".encode() for ending in ENDINGS), b"plots")
"""Names at the top of the work tree and of each data root: files, and a folder of them."""

Kind = Literal["line", "scatter", "bar"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_MOST = 1000
_KEYS = {"files", "x", "y", "kind"}
_HINT = 'write [plots] and files = ["runs/*.csv"] below it, with x, y and kind if you like'


@frozen
class PlotFiles:
    """Files, and how they are drawn."""

    files: tuple[bytes, ...]  # relative to the top; `*` matches any text, `/` too
    x: str | None = None  # column
    y: tuple[str, ...] = field(default_factory=tuple)  # columns; none: all that have numbers
    kind: Kind = "line"

    def has(self, path: bytes) -> bool:
        """Whether a file is one of them."""
        return any(_matches(path, pattern) for pattern in self.files)


def _matches(path: bytes, pattern: bytes) -> bool:
    return path == pattern or path.startswith(pattern.rstrip(b"/") + b"/") or fnmatchcase(path, pattern)


def start(pattern: bytes) -> bytes:
    """The path at or below which lies everything that a pattern names; b"" is the top."""
    plain = min((found for letter in b"*?[" if (found := pattern.find(letter)) >= 0), default=-1)
    return pattern.rstrip(b"/") if plain < 0 else pattern[:plain].rpartition(b"/")[0]


def read(value: object, file: str) -> tuple[PlotFiles, ...]:
    """What `plots` in `file` says: one table, or several (`[[plots]]`); raises `BadFormat` naming what is wrong."""
    tables = value if isinstance(value, list) else [value]
    if len(tables) > _MOST:
        raise BadFormat(f"{file}: there are more than {_MOST} tables of plots", _HINT)
    return tuple(_one(table, file) for table in tables)


def _one(table: object, file: str) -> PlotFiles:
    if not isinstance(table, dict) or table.keys() - _KEYS:
        raise BadFormat(f"{file}: plots is no table of {', '.join(sorted(_KEYS))}", _HINT)
    names = _texts(table.get("files"), "files", file)
    for name in names:
        try:
            check_path(name.rstrip("/").encode())
        except (UnsafeName, ValueError) as error:
            raise BadFormat(f"{file}: plots.files: {shown(name)} is no path below the top", _HINT) from error
    x = table.get("x")
    if x is not None and not isinstance(x, str):
        raise BadFormat(f"{file}: plots.x is no name of a column", _HINT)
    kind = next((known for known in KINDS if known == table.get("kind", "line")), None)
    if kind is None:
        raise BadFormat(f"{file}: plots.kind is none of {', '.join(KINDS)}", _HINT)
    return PlotFiles(tuple(name.encode() for name in names), x, _texts(table.get("y", []), "y", file), kind)


def _texts(value: object, key: str, file: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or len(listed) > _MOST or not all(isinstance(one, str) for one in listed):
        raise BadFormat(f"{file}: plots.{key} is not a list of at most {_MOST} names", _HINT)
    return tuple(dict.fromkeys(listed))
