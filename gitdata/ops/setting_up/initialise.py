"""Initialise: connect a clone, or a person's global Git configuration, with git-data; and take it out again."""

import shlex
import shutil
from pathlib import Path

from gitdata import durable, workspace
from gitdata.disk_errors import in_words
from gitdata.errors import GitDataError
from gitdata.git import hook_files, hooks, patterns
from gitdata.git.program import Git
from gitdata.sharing import adjust
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class SetUp:
    """What was set up; `notes` are lines for the person."""

    top: str
    live: bool
    notes: tuple[str, ...]


# What a filter without capabilities answers: Git then leaves pointers as they are. Without an answer,
# on a machine where git-data is gone, Git would die in the middle of any command that looks at one.
# The mark makes the first command after git-data is back look for pointers that moved meanwhile.
_NO_FILTER = (
    "d=$(git rev-parse --git-dir)/gitdata; "
    '[ -d "$(git rev-parse --git-common-dir)/gitdata" ] && mkdir -p "$d" && : >"$d/missed"; '
    "printf '0016git-filter-server\\n000eversion=2\\n00000000'; exec cat >/dev/null"
)


def settings(program: str) -> dict[str, str]:
    """The Git configuration by which Git finds the filter and the drivers; shell commands, as Git runs them."""
    # A script whose interpreter is gone is as good as not there, and would only print that it cannot run.
    runs = 'runs() { l=; [ -x "$p" ] && read -r l <"$p"; l=${l#"#!"}; [ -x "${l%% *}" ]; }'
    found = f"{runs}; p={shlex.quote(program)}; runs || {{ p=$(command -v git-data) && runs; }}"
    # As a web host would: listings merge as text.
    plain_merge = "git merge-file -q %A %O %B"
    merge = "merge-driver %O %A %B %P %L %S %X %Y"  # an older Git leaves the last three as they are
    return {
        "filter.gitdata.process": f'{found} && "$p" filter-process || {{ {_NO_FILTER}; }}',
        "merge.gitdata.name": "git-data: merge data file by file",
        "merge.gitdata.driver": f'{found.replace("%", "%%")} || exec {plain_merge}; "$p" {merge}',
        "diff.gitdata.textconv": f'f() {{ {found}; "$p" textconv "$1" 2>/dev/null || cat "$1"; }}; f',
    }


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
