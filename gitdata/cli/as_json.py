"""Results as JSON: sizes in bytes, ids as hex, paths as text."""

import json
import os
from collections.abc import Mapping

from gitdata.values import as_mapping, is_value

_HEX_FIELDS = frozenset({"blob", "root"})


def show_json(value: object) -> None:
    """Print a result as JSON."""
    print(json.dumps(_plain(value), indent=2, sort_keys=True))


def _plain(value: object, key: str = "") -> object:
    if is_value(value):
        return {name: _plain(item, name) for name, item in as_mapping(value).items()}
    if isinstance(value, bytes):
        return value.hex() if key in _HEX_FIELDS else os.fsdecode(value)
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    if isinstance(value, Exception):
        return str(value)
    return value
