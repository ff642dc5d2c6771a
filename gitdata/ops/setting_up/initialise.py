"""Initialise: connect a clone, or a person's global Git configuration, with git-data; and take it out again."""

import shlex
import shutil
from pathlib import Path

from gitdata import durable, workspace
from gitdata.disk_errors import in_words
from gitdata.errors import GitDataError
from gitdata.git import hook_files, hooks, patterns
from gitdata.git.program import Git
from gitdata.ops.setting_up.filter_settings import settings
from gitdata.sharing import adjust
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class SetUp:
    """What was set up; `notes` are lines for the person."""

    top: str
    live: bool
    notes: tuple[str, ...]


_DIFF = "diff.gitdata.command"


def _set_up_diff(place: Workspace, program: str) -> None:
    """Let `git diff` show contents in place of ids, where `gitdata.diff` is `content`."""
    command = f"{shlex.quote(program)} diff-driver"
    if (place.config.get("gitdata.diff") or "").lower() == "content":
        place.git.run("config", "--local", _DIFF, command)
    elif (place.config.get(_DIFF) or "").endswith(" diff-driver"):
        place.config.unset(_DIFF)


def set_up(place: Workspace, *, live: bool = True) -> SetUp:
    """Set a clone up: configuration, hooks, live status and the store. Doing it twice changes nothing."""
    notes: list[str] = []
    program = workspace.program()
    for key, value in settings(program).items():
        if place.config.get(key) != value:
            place.git.run("config", "--local", key, value)
    _set_up_diff(place, program)
    durable.make_folder(place.store_directory)
    adjust(place.store_directory)
    adjust(place.state.directory)
    try:
        notes += hooks.install(place.repository, place.git, program).notes
    except (GitDataError, OSError) as error:
        notes.append(f"hooks are not installed: {in_words(error)}")
    present = place.config.get("core.fsmonitor")
    if not live:
        place.config.set("gitdata.live", "false")
        if hooks.is_live_command(present):
            place.config.unset("core.fsmonitor")
            place.config.unset(hooks.REMOTE)
    elif present is None or hooks.is_live_command(present):
        place.config.set("core.fsmonitor", hooks.live_command())
        if place.config.get(hooks.REMOTE) is None:
            place.config.set(hooks.REMOTE, "true")
        place.config.unset("gitdata.live")
        present = hooks.live_command()
    else:
        notes.append(f"core.fsmonitor is {present}: it stays, and data edits show at commit instead of in `git status`")
    notes.append(f"git-data is set up in {place.repository.top}")
    return SetUp(str(place.repository.top), live and present == hooks.live_command(), tuple(notes))


def take_down(place: Workspace) -> list[str]:
    """Take git-data out of a clone: hooks and configuration go, data files and pointers stay, the store stays."""
    by_pattern = bool(patterns.here(place.git, place.repository.top))
    hooks.uninstall(place.repository, place.git)
    for section in ("filter.gitdata", "merge.gitdata", "diff.gitdata"):
        if place.git.ok("config", "--local", "--get-regexp", f"^{section}\\."):
            place.git.run("config", "--local", "--remove-section", section)
    if hooks.is_live_command(place.config.get("core.fsmonitor")):
        place.config.unset("core.fsmonitor")
        place.config.unset(hooks.REMOTE)
    place.config.unset("gitdata.live")
    shutil.rmtree(place.store_directory / hook_files.SCRIPTS, ignore_errors=True)
    notes = ["files tracked by pattern: their content goes into Git from now on (`git data init` puts the filter back)"]
    return [
        f"git-data is taken out of {place.repository.top}; data files and pointers are left as they are",
        f"the stored versions stay in {place.store_directory} (`git data uninstall --repo --purge` frees the space)",
        *(notes if by_pattern else []),
    ]


def install_globally(program: str) -> list[str]:
    """Put filter and drivers into the global Git configuration."""
    git = Git(Path.cwd())
    for key, value in settings(program).items():
        git.run("config", "--global", key, value)
    return ["your global Git configuration has the filter and drivers of git-data (undo: `git data uninstall`)"]


def uninstall_globally() -> list[str]:
    """Take filter and drivers out of the global Git configuration."""
    git = Git(Path.cwd())
    for section in ("filter.gitdata", "merge.gitdata", "diff.gitdata"):
        if git.ok("config", "--global", "--get-regexp", f"^{section}\\."):
            git.run("config", "--global", "--remove-section", section)
    return ["git-data is taken out of your global Git configuration; repositories keep their own settings"]
