"""Filter settings: the Git configuration by which Git finds the filter and the drivers."""

import contextlib
import shlex

from gitdata.errors import GitDataError
from gitdata.workspace import Workspace, program

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


def renew(place: Workspace) -> None:
    """Bring the settings of a clone up to date, where those that hold are of another version of git-data."""
    for key, value in settings(program()).items():
        if place.config.get(key) == value or not place.state.writable:
            continue
        with contextlib.suppress(GitDataError):  # the next command tries again
            # The command line, or a file that is read later, may say something else; that is not for us to change.
            there = place.git.run("config", "--local", "--default", "", "--get", key)
            if there.removesuffix(b"\n") != value.encode("utf-8", "surrogateescape"):
                place.config.set(key, value)
