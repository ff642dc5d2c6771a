"""What Git calls the versions that it merges, for the markers: a driver is told from Git 2.44 on (`%S %X %Y`)."""

import re
from collections.abc import Mapping, Sequence

from gitdata.git.content_merge import Labels
from gitdata.workspace import Workspace

_UNTOLD = ("%S", "%X", "%Y")  # what an older Git leaves in their place
_HEAD = re.compile("GITHEAD_([0-9a-f]+)")
_PICK = re.compile(rb"(?:pick|p|reword|r|edit|e|squash|s|fixup|f) (?:-[cC] )?([0-9a-f]{7,64}) (?:# )?(.*)")
_SEVERAL = b"merged common ancestors"


def labels(place: Workspace, told: Sequence[str], environment: Mapping[str, str], *, among_ancestors: bool) -> Labels:
    """The labels as `git merge` and `git rebase` would write them, as far as they can be known."""
    if len(told) == len(_UNTOLD) and told[0] != _UNTOLD[0]:
        return Labels(*(label.encode("utf-8", "surrogateescape") for label in told))
    if among_ancestors:
        return Labels(_SEVERAL, b"Temporary merge branch 1", b"Temporary merge branch 2")
    merged = {found[1]: name for key, name in environment.items() if (found := _HEAD.fullmatch(key))}
    if len(merged) == 1:  # git merge says so to its strategies
        commit, name = merged.popitem()
        return Labels(_ancestor(place, commit), b"HEAD", name.encode("utf-8", "surrogateescape"))
    try:
        last = (place.repository.git_dir / "rebase-merge/done").read_bytes().rstrip().rpartition(b"\n")[2]
    except OSError:
        last = b""
    if line := _PICK.fullmatch(last):
        picked = b"%s (%s)" % (line[1][:7], line[2])
        return Labels(b"parent of " + picked, b"HEAD", picked)
    return Labels(b"base", b"HEAD", b"theirs")


def _ancestor(place: Workspace, commit: str) -> bytes:
    """The ancestor that HEAD and `commit` have in common; asked only where markers name it."""
    if "diff3" not in (place.config.get("merge.conflictStyle") or ""):
        return _SEVERAL
    found = place.git.run("merge-base", "--all", "HEAD", commit, highest=1).split()
    return place.git.run("rev-parse", "--short", found[0].decode()).strip() if len(found) == 1 else _SEVERAL
