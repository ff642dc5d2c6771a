"""Ignored: the commits that a blame looks past, as git-blame(1) reads them from options, files and configuration."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from gitdata.errors import GitFailed
from gitdata.ops.versions.version import resolved
from gitdata.reading import small
from gitdata.wording import shown
from gitdata.workspace import Workspace

_LIMIT = 16 << 20  # bytes of a file of ids
_ID = re.compile(rb"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")


def ignored(place: Workspace, revisions: Sequence[str], files: Sequence[str]) -> set[str]:
    """The full ids of those commits; `files` count after those of `blame.ignoreRevsFile`, and "" clears the list.

    A path is looked for in the current directory, then at the top, where Git itself looks. Raises `GitFailed` for a
    revision or a file that there is not, and for a line that is no whole id; `BadFormat` for what is no file.
    """
    found: set[str] = set()
    for name in [*place.config.all("blame.ignoreRevsFile"), *files]:
        found = found | _listed(place, name) if name else set()
    return found | {resolved(place, revision) for revision in revisions}


def _listed(place: Workspace, name: str) -> set[str]:
    path = os.path.expanduser(name)
    top = place.repository.common_dir if place.repository.bare else place.repository.top
    where = next((one for one in (Path(path), top / path) if one.is_file()), None)
    content = small(Path(os.path.realpath(where)), _LIMIT, shown(name)) if where is not None else None
    if content is None:
        hint = "make it, or `git config --unset blame.ignoreRevsFile` if that names it"
        raise GitFailed(f"there is no file '{shown(name)}' of revisions to ignore", hint)
    found = set()
    for number, line in enumerate(content.splitlines(), 1):
        word = line.partition(b"#")[0].strip()
        if word and not _ID.fullmatch(word):
            said = f"{shown(name)}, line {number}: '{shown(word)}' is no commit"
            raise GitFailed(said, "write whole ids, one a line, as `git rev-parse` prints them")
        if word:
            found.add(word.decode().lower())
    return found
