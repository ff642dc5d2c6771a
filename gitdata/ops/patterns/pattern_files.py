"""Pattern files: which files of the index, of a revision or of a history are pointers, and what they name."""

import os
import stat
from collections.abc import Sequence

from gitdata.descent import Descent
from gitdata.formats.pointer import FILE_LIMIT, Pointer, file_entry
from gitdata.formats.tree import Entry
from gitdata.git import patterns
from gitdata.git.changes import Introduced
from gitdata.git.texts import Texts
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class PatternFile:
    """A file of the index that a pattern matches and Git holds a pointer for."""

    path: bytes
    oid: str
    entry: Entry  # with the kind that the index says
    text: bytes  # of the pointer


@frozen
class Version:
    """A version of a pattern file in history."""

    item: Introduced
    value: Pointer
    before: Entry | None  # what it replaced in that commit, if that was a pointer


def value_of(entry: Entry) -> Pointer:
    """The pointer that names `entry` alone."""
    return Pointer("file", {b"": entry}, None, 1, entry.size)


def staged(place: Workspace) -> dict[bytes, PatternFile]:
    """The pattern files in the index that are pointers; quick when nothing is tracked by pattern."""
    if not patterns.here(place.git, place.repository.top):
        return {}
    found = patterns.in_index(place.git)
    texts = Texts(place.git, dict.fromkeys((entry.oid for entry in found.values()), FILE_LIMIT))
    files = {}
    for path, item in found.items():
        text = texts.get(item.oid, b"")
        entry = file_entry(text)
        if entry is not None:
            kind = entry._replace(kind="exec" if item.mode == "100755" else "file")
            files[path] = PatternFile(path, item.oid, kind, text)
    return files


def held_by_git(place: Workspace) -> list[bytes]:
    """The pattern files whose content Git itself holds: they were added before the pattern, or without the filter."""
    found = {path: item for path, item in patterns.in_index(place.git).items() if not item.stage}
    texts = Texts(place.git, dict.fromkeys((item.oid for item in found.values()), FILE_LIMIT))
    pointers = {oid for oid, text in texts.items() if not text or file_entry(text) is not None}
    return sorted(path for path, item in found.items() if item.oid not in pointers)


def at(place: Workspace, revision: str) -> dict[bytes, Entry]:
    """The pattern files of a revision that are pointers; `GitFailed` when there is no such revision."""
    found = patterns.at(place.git, revision)
    texts = Texts(place.git, dict.fromkeys(found.values(), FILE_LIMIT))
    entries = {path: file_entry(texts.get(oid, b"")) for path, oid in found.items()}
    return {path: entry for path, entry in entries.items() if entry is not None}


@frozen
class InCommits:
    """The pattern files of a range of commits."""

    versions: list[Version]  # every one that is a pointer, oldest first
    plain: dict[bytes, str]  # the files that came with them, or their pattern did, and are none: path and id


def introduced(place: Workspace, tips: Sequence[str], excluded: Sequence[str]) -> InCommits:
    """The pattern files in the commits reachable from `tips` and not from `excluded`; the tips always count whole."""
    found, carried = patterns.introduced(place.git, tips, excluded)
    oids = [oid for item in found for oid in (item.oid, item.before) if oid]
    texts = Texts(place.git, dict.fromkeys(oids, FILE_LIMIT))
    entries = {oid: file_entry(text) for oid, text in texts.items()}
    versions = []
    for item in found:
        entry = entries.get(item.oid)
        if entry is not None:
            versions.append(Version(item, value_of(entry), entries.get(item.before or "")))
    return InCommits(versions, {item.path: item.oid for item in carried if entries.get(item.oid) is None})


def left_as_pointer(place: Workspace, file: PatternFile) -> bool:
    """Whether the work tree has the very text of the pointer where the content should be."""
    down = Descent(os.fsencode(place.repository.top))
    try:
        seen = down.status(file.path)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size != len(file.text):
            return False
        with open(down.open(file.path), "rb") as content:
            return content.read() == file.text
    except OSError:
        return False
