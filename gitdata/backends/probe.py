"""What a remote's server really does, tried out with small files that are removed again."""

import os

from gitdata.backends.base import Backend, NotStored
from gitdata.errors import GitDataError
from gitdata.values import frozen


@frozen
class Probe:
    """What was found; each is true when the server does what git-data relies on."""

    readable: bool  # what was put can be read back at once
    ranges: bool  # a part of a file can be read
    listed: bool  # a listing shows it at once
    missing_is_missing: bool  # a name that does not exist is reported as such
    deleted: bool  # a deleted file is gone at once

    def lines(self) -> list[str]:
        """The findings for people."""
        said = {
            "reads back what was written": self.readable,
            "reads parts of files": self.ranges,
            "lists what was written at once": self.listed,
            "tells what is missing": self.missing_is_missing,
            "deletes": self.deleted,
        }
        return [f"{'ok' if holds else 'NO':<3} {what}" for what, holds in said.items()]

    @property
    def usable(self) -> bool:
        """Whether push and fetch can work with it."""
        return self.readable and self.ranges and self.listed and self.missing_is_missing


def probe(backend: Backend) -> Probe:
    """Try the server out; raises what the backend raises when it cannot even be written to."""
    name = f"probe/{os.urandom(8).hex()}"
    content = os.urandom(1000)
    missing = _is_missing(backend, name)
    backend.put(name, content)
    try:
        readable = backend.read(name, limit=len(content)) == content and backend.size(name) == len(content)
        ranges = _reads(backend, name, content[100:300], 100)
        listed = name in list(backend.names("probe/"))
    finally:
        backend.delete(name)
    return Probe(readable, ranges, listed, missing, _is_missing(backend, name))


def _is_missing(backend: Backend, name: str) -> bool:
    try:
        backend.size(name)
    except NotStored:
        return True
    return False


def _reads(backend: Backend, name: str, expected: bytes, start: int) -> bool:
    try:
        return backend.read(name, start, len(expected)) == expected
    except GitDataError:
        return False
