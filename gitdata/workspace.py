"""Where we are: the repository around the current directory, its settings, store and state.

The only reader of the environment and of the program's own path.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitdata import half_written, sharing
from gitdata.errors import NotARepository, NotInitialised
from gitdata.formats.pointer_path import PointerPath
from gitdata.git import config as configuration
from gitdata.git.config import Config
from gitdata.git.program import Git
from gitdata.git.repository import Repository, called_by_git, find, find_bare
from gitdata.store.loss_mark import loss_mark_file
from gitdata.values import frozen
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.state import PART_FILES, State

if TYPE_CHECKING:
    from gitdata.store.store import Store
    from gitdata.worktree.part import Part, Within


_DOORS = ("filter-process", "fsmonitor", "hook", "merge-driver")  # by which Git calls us, not a person
_GENERATIONS = 8  # processes that are looked at, from ours upwards

RENORMALIZE = "GIT_DATA_RENORMALIZE"
"""Tells our filter that files whose content Git holds are to become pointers."""


@frozen
class Workspace:
    """One work tree and what belongs to it."""

    repository: Repository
    git: Git
    config: Config
    state: State
    index_file: str | None  # the index Git is working on, when it is not the usual one
    part: "Part | None" = None  # of the data, that this work tree takes; None: all of it, and it always did

    @property
    def store_directory(self) -> Path:
        """Where this clone keeps its packs; shared by its work trees."""
        return self.repository.common_dir / "gitdata"

    def open_store(self) -> "Store":
        """The store; a context manager."""
        # Loaded where it is needed: most of what Git asks has its answer in the state.
        from gitdata.store.consolidating import consolidate
        from gitdata.store.store import Store

        store = Store.open(self.store_directory, fsync=self.config.boolean("gitdata.fsync", default=True))
        store.at_end = consolidate
        return store

    def root(self, pointer_path: bytes) -> DataRoot:
        """The data root of a pointer (a path relative to the top); raises `UnsafeName` where no data may lie."""
        top, pointer = os.fsencode(self.repository.top), PointerPath(pointer_path)
        return DataRoot(top, pointer, self.part.within(top, pointer, pointer.data) if self.part is not None else None)

    def aim(self, root: DataRoot) -> "Within | None":
        """What this work tree is to have of a data root; None: all of it."""
        return self.part.aim(root.top, root.path) if self.part is not None else None

    def takes(self, path: bytes) -> bool:
        """Whether the file at a path (from the top) is in the part of the data that this work tree takes."""
        return self.part is None or self.part.takes(path)

    @property
    def index(self) -> Path:
        """The index that Git works on, or will work on."""
        return self.repository.top / self.index_file if self.index_file else self.repository.git_dir / "index"

    @property
    def index_held(self) -> bool:
        """Whether Git is about to write the index, as it is in `git add`, and in `git diff` it is not."""
        return os.path.exists(f"{self.index}.lock")

    @property
    def usual_index(self) -> bool:
        """Whether that is the index of the work tree, not one for a moment (stash, commit of named paths)."""
        return os.path.basename(self.index_file or "") in ("", "index", "index.lock")

    @property
    def renormalizing(self) -> bool:
        """Whether the Git that has started us was started by us to apply attributes anew."""
        return RENORMALIZE in os.environ

    @property
    def filtering(self) -> Git:
        """Git with the filter on: for commands that look at the content of pattern files, or write it."""
        return self.git.with_filter(self.config.get("filter.gitdata.process"))

    @property
    def initialised(self) -> bool:
        """Whether `git data init` was run in this clone."""
        return self.config.get("filter.gitdata.process") is not None and self.store_directory.is_dir()

    @property
    def live(self) -> bool:
        """Whether `git status` shows data edits (our fsmonitor script is in place)."""
        script = self.config.get("core.fsmonitor") or ""
        return "gitdata" in script and self.config.boolean("gitdata.live", default=True)


def environment() -> Mapping[str, str]:
    """The process's environment."""
    return os.environ


def here(cwd: Path | None = None) -> Workspace:
    """The workspace around `cwd`; raises `NotARepository`."""
    return _workspace(_repository(cwd or Path.cwd()))


def anywhere(cwd: Path | None = None) -> Workspace:
    """The same, also in a bare repository: for what asks about commits alone."""
    directory = cwd or Path.cwd()
    try:
        return here(directory)
    except NotARepository:
        repository = find_bare(directory)
        if repository is None:
            raise
    return _workspace(repository)


def _workspace(repository: Repository) -> Workspace:
    git = Git(repository.top, sparse=(repository.git_dir / "info/sparse-checkout").exists())
    if not repository.bare and not os.path.lexists(repository.top / ".git"):
        # Nothing in the work tree leads to its repository (core.worktree).
        git = git.adding({"GIT_DIR": str(repository.git_dir), "GIT_WORK_TREE": str(repository.top)})
    config = configuration.load(git)
    shared = sharing.by_setting(config.get("core.sharedRepository"))
    for place in {repository.common_dir, repository.git_dir}:
        sharing.share_below(place / "gitdata", shared)
    if not repository.bare:
        _clear(repository)
    state = _state(repository)
    return Workspace(repository, git, config, state, os.environ.get("GIT_INDEX_FILE"), _part(config, state))


def _part(config: Config, state: State) -> "Part | None":
    patterns = config.all("gitdata.sparse")
    if not patterns and not any((state.directory / name).exists() for name in PART_FILES):
        return None
    from gitdata.worktree.part import load

    return load(state.directory, patterns)


def _clear(repository: Repository) -> None:
    """Remove what processes that were killed have left half written, and have what we make noted."""
    state = repository.git_dir / "gitdata"
    half_written.watch(repository.top, state)
    if left := half_written.notes(state):
        from gitdata.worktree.left_behind import clear

        clear(os.fsencode(repository.top), left)


def state() -> State:
    """The state of the work tree around the current directory, without its settings; raises `NotARepository`."""
    return _state(_repository(Path.cwd()))


def _repository(directory: Path) -> Repository:
    known = None if "GIT_WORK_TREE" in os.environ else called_by_git(directory, os.environ.get("GIT_DIR"))
    return known or find(directory)


def _state(repository: Repository) -> State:
    return State(repository.git_dir / "gitdata", loss_mark_file(repository.common_dir / "gitdata"))


def initialised(cwd: Path | None = None) -> Workspace:
    """The workspace around `cwd`; raises `NotInitialised` when git-data was not set up in it."""
    place = here(cwd)
    if not place.initialised and "HOME" not in os.environ:
        # Cron and containers have none; git-data may be set up in a configuration that Git does not find then.
        raise NotInitialised(
            f"HOME is not set, so Git does not see your settings, and {place.repository.top} has none for git-data",
            "set HOME to your home directory",
        )
    if not place.initialised:
        raise NotInitialised(f"{place.repository.top} does not use git-data yet")
    return place


def program() -> str:
    """The absolute path of the `git-data` command, for configuration and hooks."""
    invoked = Path(sys.argv[0])
    if invoked.name == "git-data" and invoked.is_absolute() and invoked.exists():
        return str(invoked)
    beside = Path(sys.executable).with_name("git-data")
    if beside.exists():
        return str(beside)
    import shutil

    found = shutil.which("git-data")
    return os.path.abspath(found) if found else "git-data"


def command() -> bytes:
    """The command line that a person has typed, for which we are at work; empty where the system does not tell."""
    own = [os.fsencode(word) for word in sys.argv]
    found = b" ".join([b"git data", *own[1:]]) if own[1:2] and own[1].decode(errors="replace") not in _DOORS else b""
    process = os.getppid()
    for _generation in range(_GENERATIONS):
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            # The name stands in parentheses and may hold any: what follows the last one is the state and the parent.
            process = int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
        if os.path.basename(words[0]) == b"git":  # the outermost one: Git's commands call each other
            found = b" ".join([b"git", *words[1:]])
    return found
