"""Settings: files of named values (JSON, YAML, TOML, Python literals) as one flat table, `train.lr` -> 0.1.

They come out of any commit of anybody, so nothing is executed, and a small file stays a small table.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator

from gitdata.errors import NotParsed
from gitdata.wording import shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIMIT = 4 << 20  # bytes of a file
_VALUES = 100_000
_DEPTH = 100
_DOTS = 100  # in a line of TOML: a key of very many parts takes the parser a time that grows with their square
_TEXT = 1000  # characters of a value

Scalar = str | int | float | bool | None
Table = dict[str, Scalar]


def parse(path: bytes, content: bytes) -> Table:
    """The values in a file, by their dotted names, in its order; raises `NotParsed`, which does not name the file."""
    ending = path.rpartition(b".")[2].lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise NotParsed(
            f"no values can be read from a .{shown(ending)} file", "use JSON, YAML, TOML or Python literals"
        )
    if len(content) > LIMIT:
        raise NotParsed(f"it has more than {LIMIT >> 20} MiB")
    try:
        return dict(_flat(reader(content.decode("utf-8-sig"))))
    except (ValueError, SyntaxError, RecursionError, MemoryError, OverflowError, TypeError) as error:
        what = "it is nested too deeply" if isinstance(error, (RecursionError, MemoryError)) else str(error)
        raise NotParsed(" ".join(what.split())[:200] or "it cannot be read") from error


def is_readable(path: bytes) -> bool:
    """Whether the name of a file is that of one that can be read."""
    return path.rpartition(b".")[2].lower() in _READERS


def _flat(value: object) -> Iterator[tuple[str, Scalar]]:
    """Each value with its name; an empty mapping or list is a value, too."""
    pending: list[tuple[str, object, int]] = [("", value, 0)]
    seen = 0
    while pending:
        name, one, depth = pending.pop()
        seen += 1
        # Aliases of YAML make one list out of many that are the same, and one that holds itself.
        if seen > _VALUES:
            raise ValueError(f"it has more than {_VALUES:,} values")
        if depth > _DEPTH:
            raise ValueError("it is nested too deeply")
        inside: list[tuple[object, object]] = []
        if isinstance(one, dict):
            inside = list(one.items())
        elif isinstance(one, (list, tuple)):
            inside = list(enumerate(one))
        elif isinstance(one, (set, frozenset)):
            inside = list(enumerate(sorted(one, key=repr)))
        if len(inside) + len(pending) > _VALUES:
            raise ValueError(f"it has more than {_VALUES:,} values")
        for key, item in reversed(inside):
            pending.append((f"{name}.{key}" if name else str(key), item, depth + 1))
        if not inside and (name or not isinstance(one, (dict, type(None)))):
            yield name or "value", _scalar(one)


def _scalar(value: object) -> Scalar:
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[]"
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:_TEXT]


def _json(text: str) -> object:
    return json.loads(text)


def _toml(text: str) -> object:
    if any(line.count(".") > _DOTS for line in text.splitlines()):
        raise ValueError(f"it has a line with more than {_DOTS} dots")
    return tomllib.loads(text)


def _yaml(text: str) -> object:
    from gitdata.contents import yaml_text

    return yaml_text.parse(text)


def _python(text: str) -> object:
    """The names that a module, or a class in it, gives to literals; anything else in it does not count."""
    return _names(ast.parse(text).body)


def _names(body: list[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = _names(statement.body)
            continue
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        try:
            literal = ast.literal_eval(value)
        except (ValueError, TypeError):
            continue
        found.update((target.id, literal) for target in targets if isinstance(target, ast.Name))
    return found


_READERS: dict[bytes, Callable[[str], object]] = {
    b"json": _json, b"toml": _toml, b"yaml": _yaml, b"yml": _yaml, b"py": _python,
}  # fmt: skip
