"""Finding: the file at a path of a version, and the files below one, without reading more trees than lie on the way."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from gitdata.errors import NotTracked, UsageError
from gitdata.formats.directory import directory
from gitdata.formats.pathspec import Pathspec, Pattern, Word, pattern, read_word
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import NO_FILES, Entry, Room, checked_tree, refuse_unbearable, rows_in
from gitdata.formats.unfolding import unfold
from gitdata.git.listing import exactly
from gitdata.ids import BlobId, RootId
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version, at_revision, name_of, staged, within
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.entries import EMPTY_DIRECTORY


class Named(NamedTuple):
    """What `REVISION:PATH` means."""

    version: Version
    path: bytes  # relative to the top; empty for all of it


def named(place: Workspace, word: str) -> Named:
    """The version and the path that `REVISION:PATH` means, as Git reads it; `:PATH` and `:STAGE:PATH` are the index.

    A path counts from the top unless it begins with `./` or `../`. Raises `UsageError` without a colon or for
    a path outside, `GitFailed` for a revision that does not exist.
    """
    revision, path = _parts(word)
    if revision:
        return Named(at_revision(place, revision), _from_top(place, path))
    stage, colon, rest = path.partition(":")
    if colon and stage in ("0", "1", "2", "3"):
        return Named(staged(place, int(stage)), _from_top(place, rest))
    return Named(staged(place), _from_top(place, path))


def _parts(word: str) -> tuple[str, str]:
    """What is before and behind the first colon that does not stand in braces (`HEAD@{12:30}`)."""
    depth = 0
    for position, letter in enumerate(word):
        if letter == "{":
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
        elif letter == ":" and not depth:
            return word[:position], word[position + 1 :]
    raise UsageError(f"'{shown(word)}' names no revision", "write REVISION:PATH, or :PATH for what is staged")


def _from_top(place: Workspace, path: str) -> bytes:
    if path not in (".", "..") and not path.startswith(("./", "../")):
        return os.fsencode(path).rstrip(b"/")
    return below_top(place, path)


def below_top(place: Workspace, path: str) -> bytes:
    """A path that counts from the current directory, as one that counts from the top; b"" is the top itself.

    Nothing has to be there. Raises `UsageError` for one outside, and in a bare repository for any but a plain one.
    """
    if place.repository.bare:
        found = os.path.normpath(path)
    else:
        top = place.repository.top.resolve()
        # Only the folder we are in is resolved: what follows may be of another version, or a link in this one.
        found = os.path.relpath(os.path.normpath(Path.cwd().resolve() / path), top)
    if found == ".." or found.startswith("../") or os.path.isabs(found):
        raise UsageError(f"{shown(path)} is outside the repository {place.repository.top}", "name a path inside it")
    return b"" if found == "." else os.fsencode(found)


def paths_of(place: Workspace, words: Sequence[str]) -> tuple[bytes, ...]:
    """What words mean as pathspecs, relative to the top: plain paths, or a `Pathspec`; none for everything.

    Raises as `below_top` and `read_word` do.
    """
    found = [(word, read_word(word)) for word in words]
    typed = [(word, one, typed_path(place, one)) for word, one in found]
    if all(one.is_plain for _word, one in found):
        plain = tuple(dict.fromkeys(path for _word, _one, path in typed))
        return () if b"" in plain else plain
    here = b"" if place.repository.bare else below_top(place, ".")
    patterns = {True: list[Pattern](), False: list[Pattern]()}
    for word, one, path in typed:
        literal = len(here) if path.startswith(here) and "top" not in one.magic else 0
        patterns["exclude" in one.magic].append(pattern(word, path, one.magic, literal))
    return Pathspec(patterns[False], patterns[True])


def typed_path(place: Workspace, one: Word) -> bytes:
    """The path of a word, relative to the top; raises as `below_top` does."""
    if "top" in one.magic:
        return os.fsencode(os.path.normpath(one.path)) if one.path not in ("", ".") else b""
    return below_top(place, one.path or ".")


def find(source: Source, version: Version, path: bytes) -> File:
    """The file or link at a path; trees on the way that are missing are fetched.

    Raises `NotTracked` when the version has no data there, `UsageError` when it is a directory, and what
    `Source.bring_trees` raises.
    """
    file = look_up(source, version, path)
    if file is None:
        raise not_there(source.place, version, path)
    if file.entry.kind == "dir":
        raise UsageError(f"{name_of(path)} is a directory in {version.name}", "list it: `git data ls`")
    return file


def look_up(source: Source, version: Version, path: bytes) -> File | None:
    """What is at a path: a file, a link or a directory (of kind `dir`, whatever it has); None when there is nothing."""
    if path in version.files:
        entry = version.files[path]
        return File(path, entry, Need(path, value_of(entry)))
    pointer = version.pointer_of(path)
    if pointer is None:
        return None
    need = version.need(pointer)
    inside = path[len(pointer.data) + 1 :]
    entry_there = _listed(need, inside) if need.value.listing is not None else _in_trees(source, need, inside)
    return None if entry_there is None else File(path, entry_there, need)


def _listed(need: Need, inside: bytes) -> Entry | None:
    listing = need.value.listing or {}
    if inside in listing:
        return listing[inside]
    if b"" not in listing and (not inside or any(path.startswith(inside + b"/") for path in listing)):
        return Entry("dir", len(NO_FILES), BlobId(need.value.root()))
    return None


def _in_trees(source: Source, need: Need, inside: bytes) -> Entry | None:
    entry = Entry("dir", -1, BlobId(need.value.root()))
    for depth, name in enumerate(inside.split(b"/") if inside else ()):
        if entry.kind != "dir":
            return None
        source.bring_trees({entry.id: need})
        data = checked_tree(entry.id, entry.size if entry.size >= 0 else None, depth, source.tree)
        below = directory(data).get(name)
        if below is None:
            return None
        entry = below
    return entry


def not_there(place: Workspace, version: Version, path: bytes) -> NotTracked:
    """The error for a path at which a version has no data: Git itself may have it, or another version."""
    name = name_of(path)
    revision = version.commit or ""
    if path and place.git.ok("cat-file", "-e", f"{revision}:{os.fsdecode(path)}"):
        return NotTracked(f"{name} is no data in {version.name}: Git itself has it", "see `git show`")
    pointer = path
    while pointer:
        specs = [exactly(pointer + b".gitdata"), exactly(pointer)]
        if place.git.ok("rev-parse", "--verify", "--quiet", "HEAD") and place.git.run(
            "log", "--all", "--max-count=1", "--format=%h", "--", *specs
        ):
            return NotTracked(f"{name} is not in {version.name}", "see `git data ls REVISION`")
        pointer = pointer.rpartition(b"/")[0]
    return NotTracked(f"{name} is not tracked data, and never was")


def below(source: Source, version: Version, path: bytes = b"") -> Iterator[File]:
    """Every file, link and empty directory at and below a path, root by root in the order of their paths.

    Trees that are missing are fetched, those of one depth and root together. Raises as `find` does, but nothing when
    there is nothing.
    """
    yield from (file for file in pattern_items(version) if within(file.path, path))
    for pointer in version.roots_at(path):
        yield from below_root(source, version, pointer, path)


def pattern_items(version: Version) -> Iterator[File]:
    """The pattern files of a version, in the order of their paths."""
    return (File(path, entry, Need(path, value_of(entry))) for path, entry in sorted(version.files.items()))


def below_root(source: Source, version: Version, pointer: PointerPath, path: bytes) -> Iterator[File]:
    """The same of one data root."""
    need = version.need(pointer)
    if need.value.listing is not None:
        for inside, entry in need.value.listing.items():
            full = pointer.data + b"/" + inside if inside else pointer.data
            if within(full, path):
                yield File(full, entry, need)
        return
    start = look_up(source, version, path if within(path, pointer.data) else pointer.data)
    if start is None:
        return
    if start.entry.kind != "dir":
        yield start
        return
    _bring_below(source, need, start.entry.id)
    root = RootId(start.entry.id)
    parts = unfold(root, source.tree, room=Room(partial(refuse_unbearable, root, source.tree)))
    for part in pointer_files.agreeing(need.value, parts) if root == need.value.root() else parts:
        prefix = start.path + b"/" + part.prefix
        if not part.entries:
            yield File(prefix.rstrip(b"/"), EMPTY_DIRECTORY, need)
        for name, entry in part.entries:
            yield File(prefix + name, entry, need)


def _bring_below(source: Source, need: Need, tree: BlobId) -> None:
    """Fetch the trees at and below one that are missing, those of one depth together."""
    level, seen = {tree}, set[BlobId]()
    while level:
        seen |= level
        source.bring_trees(dict.fromkeys(level, need))
        entries = (entry for one in level for rows in rows_in(source.tree(one)) for _name, entry in rows)
        level = {entry.id for entry in entries if entry.kind == "dir"} - seen
