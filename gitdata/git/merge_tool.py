"""The merge tool of a person: what `git mergetool` would start, for files that Git does not have."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from gitdata.values import frozen

# Git's own words for its own scripts, git-mergetool--lib(1). Newer ones set a tool up apart from running it.
_SCRIPT = """
MERGED=$1 LOCAL=$2 REMOTE=$3 BASE=$4 BACKUP=$5
TOOL_MODE=merge
. "$(git --exec-path)/git-mergetool--lib" || exit 127
tool=${7:-$(get_merge_tool)}
[ -n "$tool" ] || exit 127
if type initialize_merge_tool >/dev/null 2>&1; then initialize_merge_tool "$tool" || exit 127; fi
run_merge_tool "$tool" "$6"
"""
NO_TOOL = 127


@frozen
class Versions:
    """Files with what there is to merge; `merged` is the one that the tool writes."""

    merged: Path
    ours: Path
    theirs: Path
    base: Path  # empty when both sides added the file
    backup: Path  # the merged one as it was
    has_base: bool


def run_tool(top: Path, versions: Versions, tool: str | None = None) -> int:
    """Run `tool` (None: that of the configuration) in the terminal of this process; 0: the file is merged."""
    files: Sequence[Path] = (versions.merged, versions.ours, versions.theirs, versions.base, versions.backup)
    words = [str(file) for file in files] + ["true" if versions.has_base else "false", tool or ""]
    return subprocess.run(["sh", "-c", _SCRIPT, "git-mergetool", *words], cwd=top, check=False).returncode
