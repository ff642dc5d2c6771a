"""Version: what the repository has at a revision or in the index: its pointers and its pattern files."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from gitdata.errors import BadPointer, GitFailed
from gitdata.formats.pointer import Pointer, data_path, parse
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Entry
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.needed_versions import bad_in_commit
from gitdata.values import field, frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace

INDEX = "the index"


@frozen
class Version:
    """A version of all data of a repository. Paths are relative to the top."""

    name: str  # for people: as it was asked for
    commit: str | None = None  # the full id of a commit or tree; None: the index, a work tree, or nothing at all
    texts: Mapping[PointerPath, bytes] = field(default_factory=dict)  # of the pointers
    files: Mapping[bytes, Entry] = field(default_factory=dict)  # pattern files

    @cached_property
    def _parsed(self) -> dict[PointerPath, Pointer]:
        return {}

    def pointer(self, path: PointerPath) -> Pointer:
        """What one of its pointers says; raises `BadPointer`, which names it, and `KeyError` when it has none there."""
        if path not in self._parsed:
            try:
                self._parsed[path] = parse(self.texts[path])
            except BadPointer as error:
                if self.commit is not None:
                    raise bad_in_commit(path, self.name, error) from error
                raise BadPointer(f"{shown(path)} in {self.name}: {error}", error.hint) from error
        return self._parsed[path]

    @property
    def pointers(self) -> dict[PointerPath, Pointer]:
        """All pointers and what they say; raises `BadPointer`, which names the first that says nothing."""
        return {path: self.pointer(path) for path in sorted(self.texts)}

    def need(self, path: PointerPath) -> Need:
        """One of its pointers, as something to fetch for; raises as `pointer` does."""
        return Need(path, self.pointer(path))

    def pointer_of(self, path: bytes) -> PointerPath | None:
        """The pointer whose data `path` is, or lies in; None when there is none in this version."""
        while path:
            found = path + b".gitdata"
            if found in self.texts:
                return PointerPath(found)
            path = path.rpartition(b"/")[0]
        return None

    def roots_at(self, path: bytes) -> Iterator[PointerPath]:
        """The pointers whose data is `path`, contains it or lies below it, in order; with b"" all of them."""
        return (pointer for pointer in sorted(self.texts) if concerns(data_path(pointer), [path]))


NOTHING = Version("nothing")
"""What there is before the first commit."""


def at_revision(place: Workspace, revision: str) -> Version:
    """The version at a revision (whatever Git takes for a commit or a tree); `GitFailed` when there is none."""
    found = resolved(place, revision)
    oids = git_pointers.at(place.git, found)
    texts = git_pointers.read(place.git, oids.values())
    named = {PointerPath(path): texts[oid] for path, oid in oids.items()}
    return Version(revision, found, named, pattern_files.at(place, found))


def resolved(place: Workspace, revision: str) -> str:
    """The full id of the commit (or tree) that a revision names; `GitFailed` naming it when there is none."""
    for kind in ("commit", "tree"):
        try:
            answer = place.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{{kind}}}")
        except GitFailed:
            continue
        return answer.decode().split()[-1]
    hint = "a shallow clone has few: `git fetch --unshallow`" if _shallow(place) else "see `git log --all`"
    raise GitFailed(f"there is no revision '{shown(revision)}'", hint)


def is_revision(place: Workspace, word: str) -> bool:
    """Whether Git takes `word` for a commit or a tree."""
    try:
        resolved(place, word)
    except GitFailed:
        return False
    return True


def staged(place: Workspace, stage: int = 0) -> Version:
    """The version in the index; with a `stage` of 1 to 3 only what is in conflict, as that side has it.

    Of a pointer in conflict stage 0 is our side.
    """
    if stage:
        oids = {path: sides[stage] for path, sides in git_pointers.unmerged(place.git).items() if stage in sides}
    else:
        oids = {path: entry.oid for path, entry in git_pointers.in_index(place.git).pointers.items()}
    texts = git_pointers.read(place.git, oids.values())
    named = {PointerPath(path): texts[oid] for path, oid in oids.items()}
    held = {} if stage else {path: file.entry for path, file in pattern_files.staged(place).items()}
    return Version(f"stage {stage}" if stage else INDEX, None, named, held)


def of_texts(name: str, texts: Mapping[bytes, bytes]) -> Version:
    """A version of these pointer texts by path, which come from anywhere; raises `UnsafeName`."""
    return Version(name, None, {PointerPath(path): text for path, text in texts.items()})


def within(path: bytes, wanted: bytes) -> bool:
    """Whether `path` is `wanted` or lies below it; everything lies below b""."""
    return not wanted or path == wanted or path.startswith(wanted + b"/")


def concerns(folder: bytes, paths: Iterable[bytes]) -> bool:
    """Whether some of `paths` is `folder`, lies in it or contains it."""
    return any(within(path, folder) or within(folder, path) for path in paths)


def name_of(path: bytes) -> str:
    """A path for a message."""
    return shown(os.fsdecode(path))


def _shallow(place: Workspace) -> bool:
    return (place.repository.common_dir / "shallow").exists()
