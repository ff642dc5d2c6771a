"""The contract of a backend: five methods, and what they may raise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from gitdata.errors import GitDataError, RemoteUnavailable
from gitdata.wording import shown

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class NotStored(GitDataError):
    """There is no file of that name."""

    exit_code = 13
    default_hint = "push it from a clone that has it: `git data push`"


class Transient(RemoteUnavailable):
    """Trouble that may pass: trying again makes sense."""


class Backend(Protocol):
    """Named, immutable files.

    A name is parts of `[A-Za-z0-9._-]` joined by `/`. A file appears whole or not at all, and `read`
    and `names` show it once `put` has returned. Same name, same bytes: putting a file twice is
    harmless. All methods may be called from any thread; all may raise `Transient` for trouble that
    may pass, other `GitDataError`s for trouble that will not.
    """

    def put(self, name: str, data: bytes | Path) -> None:
        """Store bytes, or the content of a local file."""

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """`length` bytes from `start` (None: up to the end); `NotStored`. Fewer bytes than asked for are an error."""

    def size(self, name: str) -> int:
        """The bytes of a file; `NotStored`."""

    def names(self, prefix: str) -> Iterator[str]:
        """The names that begin with `prefix`, sorted."""

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""


def check_name(name: str) -> None:
    """`ValueError` unless `name` is one: names are ours, so another is a mistake of the program."""
    parts = name.split("/")
    if any(not part or part in (".", "..") or not _ALLOWED.issuperset(part) for part in parts):
        raise ValueError(f"not a backend name: {shown(name)}")


def short_read(name: str) -> Transient:
    """The error for fewer bytes than were asked for."""
    return Transient(f"the remote sent only a part of {name}")
