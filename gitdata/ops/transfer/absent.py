"""Absent: files that cannot be had, named so that somebody who has them can be asked."""

from collections.abc import Mapping, Sequence

from gitdata.errors import DataCorrupt, DataMissing, GitDataError
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Entry
from gitdata.git.pointers import who_brought
from gitdata.ids import BlobId, short
from gitdata.ops.transfer.need import Need
from gitdata.wording import count, shown, size, some_of
from gitdata.workspace import Workspace

_NAMED = 10  # roots in one message

Absent = Mapping[bytes, GitDataError]
"""Paths below a root, and why they cannot be had."""


def absent_error(place: Workspace, need: Need, absent: Absent, entries: Mapping[bytes, Entry]) -> GitDataError:
    """One error that names files of a version that cannot be had: path, size, version, and who may have them."""
    first = next(iter(absent.values()))
    version = f"version {short(need.value.root())}"
    data = data_path(need.path)
    told = some_of(
        sorted(absent),
        lambda path: _told(place, data + (b"/" + path if path else b""), need.path, entries[path], version),
    )
    files = "" if len(absent) == 1 else f"{count(len(absent), 'file')} cannot be had: "
    verb = " cannot be had" if len(absent) == 1 else ""
    return of_kind(first, f"{files}{told}{verb}: {first}", first.hint)


def of_kind(cause: GitDataError, message: str, hint: str) -> GitDataError:
    """An error of what is damaged, or else missing, as its cause is."""
    return DataCorrupt(message, hint) if isinstance(cause, DataCorrupt) else DataMissing(message, hint)


def together(errors: Sequence[GitDataError]) -> GitDataError:
    """One error for what went wrong with several roots, each said once; of the kind of the first."""
    several = {str(error): error for error in errors}
    first = errors[0]
    if len(several) == 1 or type(first).__init__ is not GitDataError.__init__:
        return first
    told = list(several)
    more = f"; and {len(told) - _NAMED:,} more" if len(told) > _NAMED else ""
    return type(first)("; ".join(told[:_NAMED]) + more, first.hint)


def single_files(place: Workspace, needs: Sequence[Need]) -> str:
    """Files that are a pointer each, and cannot be had: the names of some, with size and who may have them."""
    return some_of(
        sorted(needs, key=lambda need: need.path),
        lambda need: _told(place, need.path, need.path, Entry("file", need.value.size, BlobId(need.value.root()))),
    )


def _told(place: Workspace, path: bytes, pointer: bytes, entry: Entry, *details: str) -> str:
    details = (size(entry.size), *details)
    if (commit := who_brought(place.git, pointer, entry.id)) is not None:
        details += (f"commit {commit.id[:12]} of {commit.author}, who may have it",)
    return f"{shown(path)} ({', '.join(details)})"
