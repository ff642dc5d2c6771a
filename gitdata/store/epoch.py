"""The epoch of a store: a file that differs from store to store and changes when packs are lost.

Who knows that something was stored asks whether it is still the same epoch.
"""

import os
from pathlib import Path

from gitdata import durable


def epoch_file(directory: Path) -> Path:
    """Where the store in `directory` has it."""
    return directory / "epoch"


def begin_epoch(directory: Path) -> None:
    """What was stored may be gone from now on."""
    durable.write_file(epoch_file(directory), os.urandom(8), fsync=False)
