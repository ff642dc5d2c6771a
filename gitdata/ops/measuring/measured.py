"""Measured: the values in files of parameters or metrics, in revisions and in the work tree."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from gitdata.contents import settings
from gitdata.contents.settings import Table
from gitdata.errors import NotARepository, NotParsed, NotTracked, UnsafeName
from gitdata.formats.measured_files import CONVENTION
from gitdata.formats.pointer import data_path, file_entry
from gitdata.git.listing import above
from gitdata.git.program import Asking
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.remotes.configured import read_project
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.finding import look_up
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version, at_revision, staged
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import places

Word = Literal["params", "metrics"]
WORK_TREE = "the work tree"


class Measured(NamedTuple):
    """One version."""

    name: str  # as it was asked for
    commit: str | None  # None: the work tree
    files: dict[bytes, Table]  # by path relative to the top, in the order in which they were named


@frozen
class _Found:
    """A file of a version: its bytes, or where they are."""

    path: bytes
    content: bytes | None = None
    file: File | None = None


def measured(
    place: Workspace, source: Source, word: Word, revisions: Sequence[str | None], paths: Sequence[bytes] = ()
) -> list[Measured]:
    """The values in each revision (None: the work tree), of `paths` if any are given, else of the usual files.

    Data that is not here is fetched for all of them in one go. Raises `GitFailed` for a revision that does not exist,
    `NotTracked` for a path that none of them has, `NotParsed` naming file and revision, and what fetching raises.
    """
    wanted = tuple(paths) or read_project(place).measured.files.get(word)
    git = place.git.asking("cat-file", "--batch")
    try:
        versions = [version_at(place, revision) for revision in revisions]
        found = [list(_files(place, source, git, version, word, wanted)) for version in versions]
    finally:
        git.close()
    for path in paths:
        if not any(one.path == path for files in found for one in files):
            names = ", ".join(version.name for version in versions)
            raise NotTracked(f"{shown(path)} is not in {shown(names)}", "name a file that is there")
    source.bring([one.file for files in found for one in files if one.file is not None])
    return [
        Measured(version.name, version.commit, {one.path: _parsed(source, version, one) for one in files})
        for version, files in zip(versions, found, strict=True)
    ]


def refs(place: Workspace, *, branches: bool, tags: bool) -> list[str]:
    """The names of all branches, and of all tags."""
    kinds = [*(["refs/heads"] if branches else []), *(["refs/tags"] if tags else [])]
    if not kinds:
        return []
    return (
        place.git.run("for-each-ref", "--format=%(refname:short)", *kinds)
        .decode(errors="surrogateescape")
        .split("\n")[:-1]
    )


def version_at(place: Workspace, revision: str | None) -> Version:
    """The version at a revision; None: what the work tree's index has, which goes by the name of the work tree."""
    if revision is not None:
        return at_revision(place, revision)
    version = staged(place)
    return Version(WORK_TREE, None, version.texts, version.files)


def _files(
    place: Workspace, source: Source, git: Asking, version: Version, word: Word, wanted: Sequence[bytes] | None
) -> Iterator[_Found]:
    """The files there are of those that are wanted."""
    if wanted is None:
        folders = [b"", *(data_path(path) + b"/" for path in sorted(version.texts))]
        wanted = [folder + name for folder in folders for name in CONVENTION[word]]
    in_git = _in_git(place, git, version.commit, wanted) if version.commit is not None else {}
    for path in wanted:
        content = in_git.get(path) if version.commit is not None else _in_work_tree(place, path)
        entry = file_entry(content) if content is not None else None
        if entry is not None:
            yield _Found(path, file=File(path, entry, Need(path, value_of(entry))))
        elif content is not None:
            yield _Found(path, content=content)
        elif _is_data(version, path) and (version.commit or not _is_here(place, version, path)):
            # Data that the work tree does not have at all is as its pointer says; a file that it lacks is deleted.
            file = look_up(source, version, path)
            if file is not None and file.entry.kind in ("file", "exec"):
                yield _Found(path, file=file)


def _is_data(version: Version, path: bytes) -> bool:
    return path in version.files or any(folder + b".gitdata" in version.texts for folder in [*above(path), path])


def _is_here(place: Workspace, version: Version, path: bytes) -> bool:
    pointer = version.pointer_of(path)
    full = os.path.join(os.fsencode(place.repository.top), path if pointer is None else pointer.data)
    return os.path.lexists(full)


def _in_git(place: Workspace, git: Asking, commit: str, paths: Sequence[bytes]) -> dict[bytes, bytes]:
    """What Git itself has of regular files in a revision, of each no more than may be read."""
    found = {}
    names = [os.fsdecode(path) for path in paths]
    for item in place.git.run("ls-tree", "-z", "-l", "--full-tree", commit, "--", *names).split(b"\0")[:-1]:
        head, _, path = item.partition(b"\t")
        mode, _kind, oid, size = head.split()
        if path in paths and mode.startswith(b"100"):
            if int(size) > settings.LIMIT:
                found[path] = bytes(settings.LIMIT + 1)  # which says that it is too large
            elif (content := git.content(oid)) is not None:
                found[path] = content
    return found


def _in_work_tree(place: Workspace, path: bytes) -> bytes | None:
    if place.repository.bare:
        raise NotARepository("a bare repository has no work tree", "name a revision")
    folder, name = places.split(path)
    with suppress(OSError, UnsafeName), places.directory(os.fsencode(place.repository.top), folder) as there:
        return there.read(name, settings.LIMIT + 1)
    return None


def _parsed(source: Source, version: Version, one: _Found) -> Table:
    try:
        if one.file is None:
            return settings.parse(one.path, one.content or b"")
        if one.file.entry.size > settings.LIMIT:
            raise NotParsed(f"it has more than {settings.LIMIT >> 20} MiB")
        return settings.parse(one.path, b"".join(source.stream(one.file)))
    except NotParsed as error:
        raise NotParsed(f"{shown(one.path)} in {shown(version.name)}: {error}", error.hint) from error
