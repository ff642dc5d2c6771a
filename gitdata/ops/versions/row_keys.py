"""Row keys: the columns by which rows of a table are known, as attributes or `.gitdata.toml` say."""

import os
from fnmatch import fnmatchcase

from gitdata.git.content_merge import rules
from gitdata.ops.remotes.configured import read_project
from gitdata.workspace import Workspace


def key_of(place: Workspace, path: bytes) -> tuple[str, ...]:
    """The columns for the table at `path`: its attribute `gitdata-key`, else what `[keys]` of `.gitdata.toml` says.

    Of several patterns there the last counts. Nothing where neither knows the table; raises `BadFormat`.
    """
    return attribute_key(place, path) or proposed_key(place, path)


def attribute_key(place: Workspace, path: bytes) -> tuple[str, ...]:
    """What the attribute says alone."""
    return tuple(os.fsdecode(name) for name in rules(place.git, [path])[0].key or ())


def proposed_key(place: Workspace, path: bytes) -> tuple[str, ...]:
    """What `.gitdata.toml` says alone; raises `BadFormat`."""
    name = os.fsdecode(path)
    found: tuple[str, ...] = ()
    for pattern, columns in read_project(place).keys.items():
        if fnmatchcase(name, pattern):
            found = columns
    return found
