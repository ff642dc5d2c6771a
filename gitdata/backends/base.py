"""The contract of a backend: seven methods, and what they may raise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from gitdata.errors import DataCorrupt, GitDataError, RemoteUnavailable
from gitdata.wording import shown

FILE_LIMIT = 64 << 20
"""Bytes of a file of which nothing else is known: what the largest pack has."""

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class NotStored(GitDataError):
    """There is no file of that name."""

    exit_code = 13
    default_hint = "push it from a clone that has it: `git data push`"


class Transient(RemoteUnavailable):
    """Trouble that may pass: trying again makes sense."""


class NotAFile(DataCorrupt):
    """Something that is no file stands where one should be; it was not opened."""

    default_hint = "somebody has put it there; remove it, then `git data push --all` from a clone that has the data"


class TooLarge(DataCorrupt):
    """A file is larger than anything that it could be; it was not read."""

    default_hint = "somebody has put it there; remove it, then `git data push --all` from a clone that has the data"


class Backend(Protocol):
    """Named, immutable files.

    A name is parts of `[A-Za-z0-9._-]` joined by `/`. A file appears whole or not at all, and `read`
    and `names` and `sizes` show it once `put` has returned. Same name, same bytes: putting a file twice is
    harmless. All methods may be called from any thread; all may raise `Transient` for trouble that
    may pass, other `GitDataError`s for trouble that will not.
    """

    def put(self, name: str, data: bytes | Path) -> None:
        """Store bytes, or the content of a local file."""

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """`length` bytes from `start`; `NotStored`. Fewer bytes than asked for are an error.

        None: up to the end, but `TooLarge` when that is more than `limit` bytes, which are never held in memory.
        """

    def size(self, name: str) -> int:
        """The bytes of a file; `NotStored`."""

    def names(self, prefix: str) -> Iterator[str]:
        """The names that begin with `prefix`, sorted; what else may lie there is none of ours and left out."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """The names that begin with `prefix` with the bytes of their files; as few requests as `names` takes."""

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""

    def clear(self, prefix: str) -> int:
        """Remove what puts that were killed have left below `prefix` (empty, or with a `/` at its end), if anything.

        How many files and folders that were. None of them has a name in the sense of the above.
        """


def check_name(name: str) -> None:
    """`ValueError` unless `name` is one: names are ours, so another is a mistake of the program."""
    if not is_name(name):
        raise ValueError(f"not a backend name: {shown(name)}")


def is_name(name: str) -> bool:
    """Whether a file can have that name: others may put what they like into a remote."""
    return all(part and part not in (".", "..") and _ALLOWED.issuperset(part) for part in name.split("/"))


def short_read(name: str) -> Transient:
    """The error for fewer bytes than were asked for."""
    return Transient(f"the remote sent only a part of {name}")


def too_large(name: str, where: str, limit: int) -> TooLarge:
    """The error for a file of more than `limit` bytes."""
    return TooLarge(f"{name} in {where} is larger than the {limit:,} bytes that it can have")
