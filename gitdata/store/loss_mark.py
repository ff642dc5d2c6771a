"""The loss mark of a store: a file that differs from store to store and changes when packs are lost.

Who remembers that something was stored remembers the mark with it: under another one it may be gone.
"""

import os
from pathlib import Path

from gitdata import durable


def loss_mark_file(directory: Path) -> Path:
    """Where the store in `directory` has it."""
    return directory / "epoch"


def note_loss(directory: Path) -> None:
    """What was stored may be gone from now on."""
    # On the disk before what is lost goes: an older mark would say that it is still there.
    durable.write_file(loss_mark_file(directory), os.urandom(8))
