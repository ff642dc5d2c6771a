"""Edits of `.gitdata.toml` that keep a person's comments and order."""

from collections.abc import Sequence

import tomlkit
from tomlkit.items import InlineTable, Table

from gitdata.errors import BadFormat
from gitdata.formats.project import FILE, ProposedRemote, parse


def with_remote(text: bytes, remote: ProposedRemote) -> bytes:
    """The file with `remote` added or replaced."""
    document = _document(text)
    document.setdefault("version", 1)
    if "remote" not in document:
        document["remote"] = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    table["url"] = remote.url
    for key, value in (("endpoint", remote.endpoint), ("region", remote.region)):
        if value is not None:
            table[key] = value
    _remotes(document)[remote.name] = table
    return _checked(document)


def without_remote(text: bytes, name: str) -> bytes:
    """The file without the remote of that name (and not naming it as the default)."""
    document = _document(text)
    if "remote" in document:
        _remotes(document).pop(name, None)
    if document.get("default") == name:
        del document["default"]
    return _checked(document)


def with_default(text: bytes, name: str) -> bytes:
    """The file with `name` as the default remote."""
    document = _document(text)
    if "default" in document:
        document["default"] = name
        return _checked(document)
    # Keys of the top table have to stand before the first [table].
    rest = text.decode()
    line = f'default = "{name}"\n'
    head, newline, tail = rest.partition("\n")
    if head.startswith("version"):
        return _parsed((head + newline + line + tail).encode())
    return _parsed((line + rest).encode())


def with_row_key(text: bytes, pattern: str, columns: Sequence[str]) -> bytes:
    """The file with `columns` as what names a row of the tables that `pattern` matches; it counts before others.

    Raises `BadFormat`.
    """
    document = _document(text)
    if "keys" not in document:
        document["keys"] = tomlkit.table()
    keys = document["keys"]
    if not isinstance(keys, (Table, InlineTable)):
        raise BadFormat(f"{FILE}: keys is not a table", 'write [keys] and "data/*.csv" = "id" below it')
    if pattern in keys:
        del keys[pattern]  # the last pattern that matches counts
    keys[pattern] = columns[0] if len(columns) == 1 else list(columns)
    return _checked(document)


def _document(text: bytes) -> tomlkit.TOMLDocument:
    parse(text)
    return tomlkit.parse(text.decode())


def _remotes(document: tomlkit.TOMLDocument) -> Table:
    table = document["remote"]
    if isinstance(table, Table):
        return table
    # Written as `remote = {...}`: a table of its own takes another into it.
    found = tomlkit.table(is_super_table=True)
    found.update(document.unwrap()["remote"])
    del document["remote"]
    document["remote"] = found
    return found


def _checked(document: tomlkit.TOMLDocument) -> bytes:
    return _parsed(tomlkit.dumps(document).encode())


def _parsed(text: bytes) -> bytes:
    parse(text)
    return text
