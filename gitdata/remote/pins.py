"""The ids of the remotes that this clone has seen, so that one which was swapped for another is noticed."""

from pathlib import Path

from gitdata import durable
from gitdata.errors import BadRemote


def pinned(cache: Path, name: str) -> str | None:
    """The id that the remote `name` had when it was last opened; None when it never was."""
    file = _pin_file(cache, name)
    return file.read_text().strip() if file.exists() else None


def pin(cache: Path, name: str, remote_id: str) -> None:
    """Remember the id of the remote `name`; `BadRemote` when it had another one."""
    cache.mkdir(parents=True, exist_ok=True)
    file = _pin_file(cache, name)
    known = pinned(cache, name)
    if known is not None and known != remote_id:
        raise BadRemote(
            f"the remote '{name}' is not the place it was: its id changed from {known[:12]} to {remote_id[:12]}",
            f"if that is right, forget the old one: delete {file}",
        )
    if known is None:
        durable.write_file(file, f"{remote_id}\n".encode(), fsync=False)


def _pin_file(cache: Path, name: str) -> Path:
    return cache / f"{name}.id"
