"""What was at a path when it was decided what to do with it, and whether that is there still.

Between the decision and the deed any amount of data may be fetched, and people and programs go on working.
"""

import os
import stat
from typing import NamedTuple

from blake3 import blake3

from gitdata.formats.tree import Entry
from gitdata.ids import BlobId
from gitdata.store.signature import Signature, signature

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK = 4 << 20  # bytes


class Edited(Exception):
    """Something else is at a name than was there when it was looked at."""


class Before(NamedTuple):
    """A file or link as it was seen."""

    entry: Entry
    seen: Signature | None  # None: only the content tells
    sure: bool  # False: seen so soon after a change that another one need not show in its times


def is_still(directory: int, name: bytes, before: Before | None) -> bool:
    """Whether the file or link `name` in an open directory is what it was; with None: whether nothing is there.

    What has other times but the same content was not edited.
    """
    now = _look(directory, name)
    if before is None or now is None:
        return before is None and now is None
    if before.sure and now == before.seen:
        return True
    return entry_at(directory, name) == before.entry and _look(directory, name) == now


def entry_at(directory: int, name: bytes) -> Entry | None:
    """What the file or link `name` in an open directory holds; None when there is none that can be read."""
    try:
        if stat.S_ISLNK(os.lstat(name, dir_fd=directory).st_mode):
            target = os.readlink(name, dir_fd=directory)
            return Entry("link", len(target), BlobId(blake3(target).digest()))
        descriptor = os.open(name, _READ, dir_fd=directory)
    except OSError:
        return None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            return None
        hasher, size = blake3(), 0
        while block := os.read(descriptor, _BLOCK):
            hasher.update(block)
            size += len(block)
    finally:
        os.close(descriptor)
    return Entry("exec" if mode & stat.S_IXUSR else "file", size, BlobId(hasher.digest()))


def _look(directory: int, name: bytes) -> Signature | None:
    try:
        return signature(os.lstat(name, dir_fd=directory))
    except FileNotFoundError:
        return None
