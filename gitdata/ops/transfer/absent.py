"""Absent: files that cannot be had, named so that somebody who has them can be asked."""

from collections.abc import Mapping

from gitdata.errors import DataCorrupt, DataMissing, GitDataError
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Entry
from gitdata.git.pointers import who_brought
from gitdata.ids import short
from gitdata.ops.transfer.need import Need
from gitdata.wording import count, shown, size
from gitdata.workspace import Workspace

_NAMED = 3
Absent = Mapping[bytes, GitDataError]
"""Paths below a root, and why they cannot be had."""


def absent_error(place: Workspace, need: Need, absent: Absent, entries: Mapping[bytes, Entry]) -> GitDataError:
    """One error that names files of a version that cannot be had: path, size, version, and who may have them."""
    first = next(iter(absent.values()))
    told = [_told(place, need, path, entries[path]) for path in sorted(absent)[:_NAMED]]
    more = f" and {len(absent) - _NAMED:,} more" if len(absent) > _NAMED else ""
    files = "" if len(absent) == 1 else f"{count(len(absent), 'file')} cannot be had: "
    verb = " cannot be had" if len(absent) == 1 else ""
    return of_kind(first, f"{files}{', '.join(told)}{more}{verb}: {first}", first.hint)


def of_kind(cause: GitDataError, message: str, hint: str) -> GitDataError:
    """An error of what is damaged, or else missing, as its cause is."""
    return DataCorrupt(message, hint) if isinstance(cause, DataCorrupt) else DataMissing(message, hint)


def _told(place: Workspace, need: Need, path: bytes, entry: Entry) -> str:
    name = shown(data_path(need.path) + (b"/" + path if path else b""))
    details = [size(entry.size), f"version {short(need.value.root())}"]
    if (commit := who_brought(place.git, need.path, entry.id)) is not None:
        details.append(f"commit {commit.id[:12]} of {commit.author}, who may have it")
    return f"{name} ({', '.join(details)})"
