"""Readers of contents that come with an extra of git-data, loaded when something is read with them."""

import shlex
import sys
from importlib import import_module
from typing import Any

from gitdata.errors import NoReader


def reader(module: str) -> Any:
    """The module, which may be missing; raises `NoReader` with the line that says how to have it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = {"PIL.Image": "pillow"}.get(module, module.partition(".")[0])
        # Where git-data has an environment of its own, the `pip` of the person would put it somewhere else.
        install = f"{shlex.quote(sys.executable)} -m pip install {package}"
        raise NoReader(f"{package} is not installed", f"install it: `{install}`") from error
