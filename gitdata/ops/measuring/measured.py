"""Measured: the values in files of parameters or metrics, in revisions and in the work tree."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from gitdata.contents import settings
from gitdata.contents.settings import Table
from gitdata.errors import NotARepository, NotParsed, NotTracked, UnsafeName
from gitdata.formats.measured_files import CONVENTION
from gitdata.formats.pathspec import Pathspec
from gitdata.formats.pointer import data_path, file_entry
from gitdata.git.listing import above, in_parts
from gitdata.git.program import Asking
from gitdata.ops.measuring import plot_files
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.remotes.configured import read_project
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.changes import is_naming, meant, unmatched
from gitdata.ops.versions.finding import look_up
from gitdata.ops.versions.on_the_way import bring
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

    Of a folder and of a `Pathspec` all files count that can be read by their names; one that only excludes leaves out
    some of the usual ones.

    Data that is not here is fetched for all of them in one go. Raises `GitFailed` for a revision that does not exist,
    `NotTracked` for a path that none of them has, `NotParsed` naming file and revision, and what fetching raises.
    """
    usual = None if is_naming(paths) else read_project(place).measured.files.get(word)
    git = place.git.asking("cat-file", "--batch")
    try:
        versions = [version_at(place, revision) for revision in revisions]
        if is_naming(paths):
            bring(source, [(version, path) for version in versions for path in paths])
            found = [list(_named(place, source, git, version, paths)) for version in versions]
        else:
            names = [usual if usual is not None else _conventional(version, word) for version in versions]
            wanted = [[name for name in some if meant(name, paths)] for some in names]
            both = list(zip(versions, wanted, strict=True))
            bring(source, [(version, name) for version, some in both for name in some])
            found = [list(_files(place, source, git, version, some)) for version, some in both]
    finally:
        git.close()
    missed = unmatched(paths, {one.path for files in found for one in files})
    if missed is not None:
        where = ", ".join(version.name for version in versions)
        raise NotTracked(f"{shown(missed)} is not in {shown(where)}", "name a file that is there")
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


def _conventional(version: Version, word: Word) -> list[bytes]:
    folders = [b"", *(data_path(path) + b"/" for path in sorted(version.texts))]
    return [folder + name for folder in folders for name in CONVENTION[word]]


def _named(place: Workspace, source: Source, git: Asking, version: Version, paths: Sequence[bytes]) -> Iterator[_Found]:
    """The files that paths or a `Pathspec` mean, in the order of the words, each once."""
    seen: set[bytes] = set()
    for path in paths:
        files = [] if isinstance(paths, Pathspec) else list(_files(place, source, git, version, [path]))
        if not files:
            inside = plot_files.found(source, git, version, [path], settings.is_readable)
            files = list(_files(place, source, git, version, [one for one in inside if meant(one, paths)]))
        yield from (one for one in files if one.path not in seen)
        seen.update(one.path for one in files)


def _files(
    place: Workspace, source: Source, git: Asking, version: Version, wanted: Sequence[bytes]
) -> Iterator[_Found]:
    """The files there are of those that are wanted."""
    in_git = {}
    for some in in_parts(wanted):
        if version.commit is not None:
            in_git.update(_in_git(place, git, version.commit, some))
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
