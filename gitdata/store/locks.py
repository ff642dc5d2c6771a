"""The locks of a store that others take, too."""

from pathlib import Path


def pruning_lock(directory: Path) -> Path:
    """The lock of the store in `directory` for whoever decides what is needed, and then takes out the rest."""
    return directory / "pruning.lock"
