"""What must not have changed for a file to be taken as unchanged."""

import os
from typing import NamedTuple


class Signature(NamedTuple):
    """The stat data that decides it."""

    dev: int
    ino: int
    size: int  # bytes
    mtime_ns: int
    ctime_ns: int
    mode: int


def signature(found: os.stat_result) -> Signature:
    """The stat data that decides whether a file is unchanged."""
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)
