"""Remember a key: the columns that name a row of some tables go into `.gitdata.toml`, for everybody."""

import os
from collections.abc import Sequence

from gitdata.contents.kinds import kind_of
from gitdata.errors import NotARepository, UsageError
from gitdata.formats import project_edit
from gitdata.ops.looking.diff import Sides
from gitdata.ops.remotes.edit_project import edit_project
from gitdata.ops.versions.row_keys import attribute_key
from gitdata.ops.versions.version import within
from gitdata.wording import shown
from gitdata.workspace import Workspace


def check(place: Workspace, key: Sequence[str], compared: Sides) -> None:
    """Refuse what cannot be remembered, before anything is compared; raises `UsageError` and `NotARepository`."""
    if not key:
        raise UsageError("--remember-key remembers what --key says", "add `--key COLUMN`")
    if place.repository.bare:
        raise NotARepository("a bare repository has no .gitdata.toml to write", "run it in a work tree")
    if not compared.paths:
        raise UsageError("--remember-key needs the tables that have this key", "name them behind `--`")


def remember_key(place: Workspace, key: Sequence[str], compared: Sides, changed: Sequence[bytes]) -> list[str]:
    """Write `key` for each path that was named, a folder for all the tables in it; the patterns that were written.

    `changed` are the files that were compared. Raises `UsageError` for a path that names no table, and for one
    whose attribute `gitdata-key` says something else.
    """
    patterns = []
    for path in compared.paths:
        inside = [one for one in changed if within(one, path) and kind_of(one) in ("table", "columns")]
        for table in inside or [path]:
            if (counts := attribute_key(place, table)) and counts != tuple(key):
                said = f"the attribute gitdata-key of {shown(table)} says {shown(','.join(counts))}"
                raise UsageError(f"{said}, which counts before .gitdata.toml", "change it in .gitattributes")
        if kind_of(path) in ("table", "columns"):
            patterns.append(_literal(path))
        elif inside:
            suffixes = dict.fromkeys(one.rpartition(b".")[2] for one in inside)
            patterns += [_literal(path) + f"/*.{os.fsdecode(suffix)}" for suffix in suffixes]
        else:
            raise UsageError(f"{shown(path)} is no table, nor has one that differs", "name a table")

    def edited(text: bytes) -> bytes:
        for pattern in patterns:
            text = project_edit.with_row_key(text, pattern, key)
        return text

    edit_project(place, edited)
    return patterns


def _literal(path: bytes) -> str:
    """A pattern that matches a path and nothing else."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in os.fsdecode(path))
