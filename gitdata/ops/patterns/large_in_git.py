"""Big: large files that are about to enter Git itself."""

import os
from collections.abc import Container, Mapping, Sequence

from gitdata.errors import CannotTrack
from gitdata.git import patterns
from gitdata.git.texts import sizes
from gitdata.values import frozen
from gitdata.wording import size, some_of
from gitdata.workspace import Workspace

_LIMIT = 10 << 20  # bytes; `gitdata.largeFile` changes it, 0 turns the warning off


@frozen
class BigFile:
    """One staged file that is larger than Git handles well."""

    path: bytes
    size: int  # bytes
    named: bool  # by a pattern: it would be a pointer if it were added anew


def limit(place: Workspace) -> int:
    """Above so many bytes a file is large; 0: none is. Raises `UsageError`."""
    return max(0, place.config.integer("gitdata.largeFile", _LIMIT))


def big_files(place: Workspace) -> list[BigFile]:
    """Files added or modified in the index that are larger than the limit.

    With a `.gitattributes` that is added or modified, those too whose content Git has held all the time.
    """
    most = limit(place)
    if not most:
        return []
    # Before 2.43 `git diff-index` takes a sparse index apart.
    raw = place.git.run(
        "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--diff-filter=AM"
    )
    fields = raw.split(b"\0")
    staged = {path: meta.split(b" ")[3] for meta, path in zip(fields[::2], fields[1::2], strict=False)}
    if not staged:
        return []
    named = _named(place)
    if any(path.rpartition(b"/")[2] == b".gitattributes" for path in staged):
        staged |= named
    return above(place, {path: oid.decode() for path, oid in staged.items()}, named)


def refuse(place: Workspace, files: Sequence[BigFile]) -> None:
    """Raise `CannotTrack` for large files that a commit brings into Git itself, where that is to be refused."""
    new = [file for file in files if not file.named]
    if not new or not place.config.boolean("gitdata.refuseLarge", default=False):
        return
    names = some_of(new, lambda file: f"{os.fsdecode(file.path)} ({size(file.size)})")
    raise CannotTrack(
        f"{names} would go into Git itself, which gitdata.refuseLarge forbids",
        "take it out: `git restore --staged`, and `git data track` its directory; or `git commit --no-verify`",
    )


def above(place: Workspace, files: Mapping[bytes, str], named: Container[bytes]) -> list[BigFile]:
    """Those of `files` (paths and ids in Git) that are larger than the limit; `named`: the paths that patterns name."""
    most = limit(place)
    if not most or not files:
        return []
    held = sizes(place.git, files.values())
    return [BigFile(path, held[oid], path in named) for path, oid in files.items() if held.get(oid, 0) > most]


def _named(place: Workspace) -> dict[bytes, bytes]:
    """The files in the index that are to be pointers, with the ids of what is there."""
    if not patterns.here(place.git, place.repository.top):
        return {}
    return {path: entry.oid.encode() for path, entry in patterns.in_index(place.git).items() if not entry.stage}
