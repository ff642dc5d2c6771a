"""Paths as people type them, relative to where they are, as paths relative to the top of the work tree."""

import os
from pathlib import Path

from gitdata.errors import NotTracked, UnsafeName, UsageError
from gitdata.formats.pointer import is_pointer_path, pointer_path
from gitdata.git import patterns
from gitdata.git.listing import left_out
from gitdata.ops.roots.known import roots
from gitdata.values import frozen
from gitdata.workspace import Workspace


def from_top(place: Workspace, path: str) -> bytes:
    """`path` relative to the top; raises `UsageError` for the top itself and for what lies outside."""
    # Resolve the parent only: the path itself may be a symlink that has to be seen as one.
    absolute = Path(os.path.abspath(path))
    resolved = absolute.parent.resolve() / absolute.name
    top = place.repository.top.resolve()
    if resolved == top or absolute.resolve() == top:
        raise UsageError("the whole work tree cannot be data", "name directories below it")
    try:
        return os.fsencode(resolved.relative_to(top).as_posix())
    except ValueError as error:
        raise UsageError(f"{path} is outside the repository {top}", "name a path inside it") from error


def chosen_pointers(place: Workspace, paths: list[str]) -> list[bytes]:
    """The pointers that `paths` mean (data roots, files below them, or pointers); all when there are none.

    Raises `NotTracked` for a path that belongs to no data root, `UnsafeName` for one whose pointer is refused.
    """
    listed = roots(place)
    known = sorted(listed.pointers)
    if not paths:
        return known
    found = []
    for path in paths:
        wanted = from_top(place, path)
        candidate = wanted if is_pointer_path(wanted) else pointer_path(wanted)
        while candidate not in known:
            if candidate in listed.refused:
                raise listed.refused[candidate]
            head, _, _name = wanted.rpartition(b"/")
            if not head:
                if left_out(place.git, [pointer_path(from_top(place, path))]):
                    raise NotTracked(f"{path} is left out by the sparse checkout", "see `git sparse-checkout add`")
                raise NotTracked(f"{path} is not tracked data", f"track it: `git data track {path}`")
            wanted, candidate = head, pointer_path(head)
        found.append(candidate)
    return list(dict.fromkeys(found))


@frozen
class Chosen:
    """What paths on a command line mean."""

    pointers: list[bytes]  # of data roots
    files: list[bytes] | None  # pattern files; None: all of them


def chosen(place: Workspace, paths: list[str]) -> Chosen:
    """The data roots and the pattern files that `paths` mean (a folder means those below it); all without any.

    Raises `NotTracked` for a path that is neither.
    """
    if not paths:
        return Chosen(chosen_pointers(place, []), None)
    known = patterns.in_index(place.git) if patterns.here(place.git, place.repository.top) else {}
    files: list[bytes] = []
    rest = []
    for path in paths:
        wanted = from_top(place, path)
        inside = [file for file in known if file == wanted or file.startswith(wanted + b"/")]
        files += inside
        rest += [] if inside else [path]
    return Chosen(chosen_pointers(place, rest) if rest else [], list(dict.fromkeys(files)))


def chosen_or_none(place: Workspace, paths: list[str]) -> Chosen | None:
    """The same; None when one of them is no data, or there are none."""
    try:
        return chosen(place, paths) if paths else None
    except (NotTracked, UnsafeName, UsageError):
        return None


def pattern_from_top(place: Workspace, word: str) -> bytes:
    """A pattern that was typed in the current directory, as one for `.gitattributes` at the top."""
    folder = Path.cwd().resolve()
    top = place.repository.top.resolve()
    text = os.fsencode(word.removeprefix("./"))
    if folder == top or not folder.is_relative_to(top):
        return text
    above = b"".join(
        b"\\%c" % byte if byte in b"*?[\\" else b"%c" % byte for byte in os.fsencode(folder.relative_to(top).as_posix())
    )
    return above + b"/" + (text.removeprefix(b"/") if b"/" in text else b"**/" + text)
