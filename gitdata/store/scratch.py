"""Scratch: a folder of the store for files that are gone in a moment."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from gitdata import durable


@contextlib.contextmanager
def scratch(store: Path) -> Iterator[Path]:
    """A new folder in the `store` directory, removed at the end; `remove_stale` removes it after a kill."""
    directory = store / "tmp" / durable.temporary_name("")
    lock = directory.with_suffix(".lock")
    durable.make_folder(directory)
    try:
        with durable.lock(lock):  # whoever looks for what was left sees that this is in use
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        lock.unlink(missing_ok=True)
