"""Plot files: the files of a version at and below some paths, in Git, in data and in the work tree."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from gitdata.errors import FileChanging, NotParsed, UnsafeName
from gitdata.formats.pointer import FILE_LIMIT, file_entry
from gitdata.git.listing import above, in_parts
from gitdata.git.program import Asking
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.finding import below, look_up
from gitdata.ops.versions.source import File, Source
from gitdata.ops.versions.version import Version
from gitdata.values import frozen
from gitdata.wording import shown, size
from gitdata.workspace import Workspace
from gitdata.worktree import places

_BLOCK = 1 << 20
_IN_GIT = 64 << 20  # bytes of a file that Git itself has, which comes as a whole
_MOST = 100_000  # files below the paths


@frozen
class Found:
    """A file of a version."""

    path: bytes  # relative to the top
    size: int
    file: File | None = None  # where it is data
    oid: bytes | None = None  # where Git itself has it; neither: it is in the work tree


def found(
    source: Source, git: Asking, version: Version, wanted: Sequence[bytes], chosen: Callable[[bytes], bool]
) -> dict[bytes, Found]:
    """The files of a version at and below `wanted` that are `chosen`, by path in order.

    Of the work tree (a version without a commit) those that are there; data that is not there as a whole counts as its
    pointer says. Trees that are missing are fetched. Raises as `look_up` does.
    """
    place = source.place
    files: dict[bytes, Found] = {}
    for one in _in_data(source, version, wanted):
        if chosen(one.path) and (version.commit or not _is_here(place, version, one.path)):
            files[one.path] = one
    if version.commit is not None:
        others = _in_git(place, git, version.commit, wanted)
    else:
        others = (_pointed(place, one) for path in wanted for one in _in_work_tree(place, path))
    for one in others:
        if chosen(one.path):
            files.setdefault(one.path, one)
        if len(files) > _MOST:
            raise NotParsed(f"there are more than {_MOST:,} files there", "name some of them: PATH")
    return {path: files[path] for path in sorted(files)}


def _in_data(source: Source, version: Version, wanted: Sequence[bytes]) -> Iterator[Found]:
    for path in wanted:
        if not path or not (version.pointer_of(path) or path in version.files):
            inside = below(source, version, path)
        else:
            file = look_up(source, version, path)
            if file is None:
                continue
            inside = below(source, version, path) if file.entry.kind == "dir" else iter([file])
        for file in inside:
            if file.entry.kind in ("file", "exec"):
                yield Found(file.path, file.entry.size, file=file)


def _is_here(place: Workspace, version: Version, path: bytes) -> bool:
    if place.repository.bare:
        return False
    pointer = version.pointer_of(path)
    if pointer is None:  # a pattern file: where it holds its pointer, it is found in the work tree
        return True
    return os.path.lexists(os.path.join(os.fsencode(place.repository.top), pointer.data))


def _in_git(place: Workspace, git: Asking, commit: str, wanted: Sequence[bytes]) -> Iterator[Found]:
    for some in in_parts(wanted):
        specs = [] if b"" in some else ["--", *(os.fsdecode(path) for path in some)]
        for item in place.git.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit, *specs).split(b"\0")[:-1]:
            head, _, path = item.partition(b"\t")
            mode, _kind, oid, length = head.split()
            if not mode.startswith(b"100"):
                continue
            content = git.content(oid) if int(length) <= FILE_LIMIT else None
            entry = file_entry(content) if content is not None else None
            if entry is not None:
                yield Found(path, entry.size, file=File(path, entry, Need(path, value_of(entry))))
            else:
                yield Found(path, int(length), oid=oid)


def _in_work_tree(place: Workspace, path: bytes) -> Iterator[Found]:
    """The regular files at and below a path; no link is followed, and no other repository entered."""
    top = os.fsencode(place.repository.top)
    if any(os.path.islink(os.path.join(top, folder)) for folder in above(path)):
        return
    full = os.path.join(top, path) if path else top
    with suppress(OSError):
        seen = os.lstat(full)
        if stat.S_ISREG(seen.st_mode):
            yield Found(path, seen.st_size)
        elif stat.S_ISDIR(seen.st_mode):
            for folder, folders, names in os.walk(full):
                folders[:] = [
                    name for name in folders
                    if name != b".git" and not os.path.lexists(os.path.join(folder, name, b".git"))
                ]  # fmt: skip
                for name in names:
                    with suppress(OSError):
                        seen = os.lstat(os.path.join(folder, name))
                        if stat.S_ISREG(seen.st_mode):
                            yield Found(os.path.relpath(os.path.join(folder, name), top), seen.st_size)


def _pointed(place: Workspace, one: Found) -> Found:
    """The same; where the work tree holds the pointer of a pattern file, the data that it names."""
    if one.size > FILE_LIMIT:
        return one
    folder, name = places.split(one.path)
    with suppress(OSError, UnsafeName), places.directory(os.fsencode(place.repository.top), folder) as there:
        entry = file_entry(there.read(name, FILE_LIMIT + 1) or b"")
        if entry is not None:
            return Found(one.path, entry.size, file=File(one.path, entry, Need(one.path, value_of(entry))))
    return one


def stream(source: Source, git: Asking, one: Found) -> Iterator[bytes | memoryview]:
    """Its content; raises as `Source.stream` does, `NotParsed` for what is too large, `FileChanging`."""
    if one.file is not None:
        yield from source.stream(one.file)
        return
    if one.oid is not None:
        if one.size > _IN_GIT:
            raise NotParsed(f"it has more than {size(_IN_GIT)} in Git itself", "track it: `git data track`")
        yield git.content(one.oid) or b""
        return
    folder, name = places.split(one.path)
    gone = FileChanging(f"{shown(one.path)} changed while it was read")
    try:
        with places.directory(os.fsencode(source.place.repository.top), folder) as there, there.reading(name) as number:
            if number is None:
                raise gone
            while block := os.read(number, _BLOCK):
                yield block
    except (OSError, UnsafeName) as error:
        raise gone from error
