"""Report: keep the details of a fault of git-data itself where a person can find and send them."""

import tempfile
import traceback
from pathlib import Path

from gitdata import __version__


def report(error: Exception) -> Path:
    """Write the traceback (no environment, no data) to a file of its own; return its path."""
    with tempfile.NamedTemporaryFile("w", prefix="git-data-", suffix=".log", delete=False, errors="replace") as file:
        file.write(f"git-data {__version__}\n\n")
        file.write("".join(traceback.format_exception(error)))
    return Path(file.name)
