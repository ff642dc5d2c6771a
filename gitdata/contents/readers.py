"""Readers of contents that come with an extra of git-data, loaded when something is read with them."""

from importlib import import_module
from typing import Any

from gitdata.errors import NoReader


def reader(module: str) -> Any:
    """The module, which may be missing; raises `NoReader` with the line that says how to have it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = {"PIL.Image": "pillow"}.get(module, module.partition(".")[0])
        raise NoReader(f"{package} is not installed") from error
