"""Edits of `.gitdata.toml` that keep a person's comments and order."""

import tomlkit
from tomlkit.items import Table

from gitdata.formats.project import ProposedRemote, parse


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
