"""Opened: what versions of this clone are read from, also where git-data has not been and may leave nothing."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gitdata.ops.versions.source import Source
from gitdata.progress import SILENT, Progress
from gitdata.remarks import remark
from gitdata.store.store import Store
from gitdata.values import replace
from gitdata.workspace import Workspace


@contextlib.contextmanager
def opened(
    place: Workspace, progress: Progress = SILENT, *, offline: bool = False, remote: str | None = None
) -> Iterator[Source]:
    """The source of this clone's versions; in the end a remark says what was fetched.

    In a repository that has no store (a bare one) or may not be written, what is fetched is kept for this time only.
    """
    with _opened(place, progress, offline, remote) as source:
        try:
            yield source
        finally:
            if source.fetched.line:
                remark(source.fetched.line)


@contextlib.contextmanager
def _opened(place: Workspace, progress: Progress, offline: bool, remote: str | None) -> Iterator[Source]:
    has_store = place.initialised or (place.store_directory / "packs").is_dir()
    if has_store and os.access(place.store_directory, os.W_OK):
        with place.open_store() as store:
            yield Source(place, store, offline, progress, remote)
        return
    with tempfile.TemporaryDirectory(prefix="git-data-") as folder:
        elsewhere = replace(place, repository=replace(place.repository, common_dir=Path(folder)))
        with Store.open(Path(folder) / "gitdata", fsync=False) as store:
            yield Source(elsewhere, store, offline, progress, remote)
