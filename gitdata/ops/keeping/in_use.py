"""In use: every version of data that something in this repository still names, and by what."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from gitdata.errors import BadPointer
from gitdata.formats.pointer import FILE_LIMIT, Pointer, file_entry, is_pointer_path
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.git import patterns, work_trees
from gitdata.git import pointers as git_pointers
from gitdata.git.changes import Introduced, changes, commit_times, there
from gitdata.git.lost_commits import lost_commits
from gitdata.git.texts import Texts
from gitdata.id_tables import IdTable
from gitdata.ids import BlobId, RootId
from gitdata.ops.following.keep_discarded import undo_days
from gitdata.ops.keeping.seeming import seeming
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.roots.in_git import InGit, Pointers
from gitdata.progress import SILENT, Progress
from gitdata.store.loss_mark import loss_mark_file
from gitdata.store.signature import Signature, signature
from gitdata.values import field, frozen, mutable
from gitdata.workspace import Workspace
from gitdata.worktree import discarded, pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.state import State

Use = Literal["checked out", "commits", "reflog", "undo"]
"""A work tree, its index or what it is doing; commits of refs; only reflogs, stashes among them; `git data undo`."""

_DAY_S = 24 * 3600
PRUNE_DAYS = 14


@frozen
class Version:
    """A version of data and who needs it."""

    path: bytes  # of its pointer, or of the file that is tracked by pattern
    said: Pointer | InGit
    root: RootId
    use: Use
    commit: str = ""  # the first that has it
    last_s: int = 0  # when it was current for the last time, as far as commits tell (since the epoch)

    @property
    def value(self) -> Pointer:
        """What the pointer says."""
        return self.said if isinstance(self.said, Pointer) else self.said.value


@frozen
class _Who:
    """Who needs a version; as in `Version`."""

    use: Use
    commit: str = ""
    last_s: int = 0


@mutable
class InUse:
    """Everything that is named."""

    versions: list[Version] = field(default_factory=list)  # each once, those checked out first
    blobs: IdTable[BlobId] = field(default_factory=IdTable)  # what else has to stay
    unknown: list[tuple[bytes, str]] = field(default_factory=list)  # pointers, in commits, that may need anything
    states: tuple[State, ...] = ()  # of all work trees

    def of(self, *uses: Use) -> list[Version]:
        """The versions of some uses."""
        return [version for version in self.versions if version.use in uses]


def states(place: Workspace) -> tuple[State, ...]:
    """What each work tree of the repository knows."""
    mark = loss_mark_file(place.store_directory)
    return tuple(State(one / "gitdata", mark) for one in work_trees.git_dirs(place.repository.common_dir))


def in_use(place: Workspace, progress: Progress = SILENT) -> InUse:
    """Look at all refs, reflogs, indexes, work trees and what was discarded lately."""
    with progress.step("looking at commits and work trees"):
        return _Search(place).found()


class _Search:
    def __init__(self, place: Workspace) -> None:
        self._place, self._git = place, place.git.adding({"GIT_NO_REPLACE_OBJECTS": "1"})
        self._dirs = work_trees.git_dirs(place.repository.common_dir)
        self._found = InUse(states=states(place))
        self._seen: set[tuple[bytes, RootId]] = set()
        busy = [commit for one in self._dirs for commit in work_trees.busy_with(one)]
        self._tips = ["--all", "--reflog", *there(self._git, busy), *self._lost_lately()]
        by_pattern = patterns.ever(self._git, self._tips, place.repository.top)
        self._specs = [":(top)*.gitdata", *by_pattern]

    def _lost_lately(self) -> list[str]:
        """Commits that no ref reaches any more, for `git data undo --lost`: as long as unnamed recordings stay."""
        since = time.time() - self._place.config.integer("gitdata.pruneDays", PRUNE_DAYS) * _DAY_S
        times = commit_times(self._git, lost_commits(self._git))
        return [commit for commit, when_s in times.items() if when_s > since]

    def found(self) -> InUse:
        in_refs = self._history(["--all"])
        more = self._history(self._tips)
        here = {key for one in self._dirs for key in self._named(one)}
        if len(self._specs) > 1:  # also where only settings of this clone say that a file is tracked by pattern
            here |= {(path, entry.oid) for path, entry in patterns.in_index(self._place.git).items()}
        commits = {key: item.commit for key, item in (more | in_refs).items()}
        last = self._last(more.values())
        for git_dir, state in zip(self._dirs, self._found.states, strict=True):
            self._work_tree(git_dir, state)
        groups: tuple[tuple[Use, Iterable[tuple[bytes, str]]], ...]
        groups = (("checked out", here), ("commits", in_refs), ("reflog", more))
        uses = [(use, sorted(keys, key=lambda key: last.get(key, 0), reverse=True)) for use, keys in groups]
        texts, pointers = self._texts(key for _use, keys in uses for key in keys)
        for use, keys in uses:
            if use == "commits":
                self._remembered()
            for key in keys:
                if key[1] in texts:
                    again = InGit(pointers, key[1])
                    self._add(key[0], texts[key[1]], _Who(use, commits.get(key, ""), last.get(key, 0)), again)
        for state in self._found.states:
            self._discarded(state)
        return self._found

    def _history(self, tips: list[str]) -> dict[tuple[bytes, str], Introduced]:
        """Every version of each pointer and pattern file that these tips reach, by path and object id."""
        found: dict[tuple[bytes, str], Introduced] = {}
        for item in changes(self._git, tips, [], self._specs):
            if item.oid.strip("0") and item.mode.startswith("100") and self._fits(item.path):
                found.setdefault((item.path, item.oid), item)
        return found

    def _fits(self, path: bytes) -> bool:
        return is_pointer_path(path) or (len(self._specs) > 1 and patterns.is_pattern_file(path))

    def _named(self, git_dir: Path) -> Iterator[tuple[bytes, str]]:
        return ((path, oid) for path, oid in work_trees.named(self._git, git_dir, self._specs) if self._fits(path))

    def _texts(self, keys: Iterable[tuple[bytes, str]]) -> tuple[Mapping[str, bytes], Pointers]:
        """All of them, and the pointers."""
        limits: dict[str, int] = {}
        for path, oid in keys:
            limits[oid] = git_pointers.LIMIT if is_pointer_path(path) else limits.get(oid, FILE_LIMIT)
        texts = Texts(self._git, limits)
        return texts, Pointers(texts.beginning)

    def _last(self, items: Iterable[Introduced]) -> dict[tuple[bytes, str], int]:
        """When each version was current for the last time: when it came, or when another came in its place."""
        items = list(items)
        times = commit_times(self._git, {item.commit for item in items})
        last: dict[tuple[bytes, str], int] = {}
        for item in items:
            for oid in (item.oid, item.before):
                if oid is not None:
                    key = (item.path, oid)
                    last[key] = max(last.get(key, 0), times.get(item.commit, 0))
        return last

    def _work_tree(self, git_dir: Path, state: State) -> None:
        aims: list[tuple[bytes, bytes]] = [(path, text) for path, texts in state.unfinished().items() for text in texts]
        aims += [(path, state.base(path) or b"") for path in state.known()]
        for pointer, text in aims:
            self._add(pointer, text, _Who("checked out"))
        top = self._top(git_dir)
        for pointer in state.known() if top is not None else ():  # Git may have written another one just now
            root = DataRoot(os.fsencode(top or ""), pointer)
            text = pointer_files.read(root) or b""
            if text and text != state.base(pointer):
                there = b"" if top == self._place.repository.top else root.top
                self._add(pointer, text, _Who("checked out"), top=there)

    def _top(self, git_dir: Path) -> Path | None:
        """The top of the work tree that has a Git directory, if it is known."""
        if git_dir == self._place.repository.git_dir:
            return self._place.repository.top
        return work_trees.top_of(git_dir, self._place.repository.common_dir)

    def _remembered(self) -> None:
        """What the stat cache says of a file that is as it was is not stored again: it has to stay."""
        known = {entry.id for one in self._found.versions for entry in (one.value.listing or {}).values()}
        for git_dir, state in zip(self._dirs, self._found.states, strict=True):
            top = self._top(git_dir)
            for pointer in state.known():
                for name, (seen, content) in state.lookup(pointer).sorted():
                    full = os.path.join(os.fsencode(top), pointer.data, name).rstrip(b"/") if top is not None else None
                    if content not in known and (full is None or _is_as_it_was(full, Signature(*seen))):
                        self._found.blobs.put(BlobId(content))

    def _discarded(self, state: State) -> None:
        days = undo_days(self._place)
        for item in discarded.load(state.directory / discarded.FOLDER):
            if item.when_ns // 10**9 >= time.time() - days * _DAY_S:
                self._add(item.pointer, item.text, _Who("undo"))

    def _add(
        self,
        path: bytes,
        text: bytes,
        who: _Who,
        again: InGit | None = None,
        *,
        top: bytes = b"",
    ) -> None:
        """Keep what a pointer names, which may lie in the work tree at another `top`."""
        if is_pointer_path(path):
            try:
                value = pointer_files.parse(path, text)
            except BadPointer:
                if not is_unrecorded(text):
                    self._damaged(path, text, who)
                    if not seeming(text).everything:
                        self._found.unknown.append((os.path.join(top, path), who.commit))
                return
        elif (entry := file_entry(text)) is not None:
            value = value_of(entry)
        else:
            return
        self._keep(path, value, who, again)

    def _damaged(self, path: bytes, text: bytes, who: _Who) -> None:
        found = seeming(text)
        self._found.blobs.update(found.blobs)
        for root in found.roots:
            self._keep(path, Pointer("tree", None, root, 0, 0), who)

    def _keep(self, path: bytes, value: Pointer, who: _Who, again: InGit | None = None) -> None:
        root = value.root()
        if (path, root) not in self._seen:
            self._seen.add((path, root))
            said = again if again is not None and value.form == again.form else value
            self._found.versions.append(Version(path, said, root, who.use, who.commit, who.last_s))


def _is_as_it_was(file: bytes, seen: Signature) -> bool:
    try:
        return signature(os.lstat(file)) == seen
    except OSError:
        return False
