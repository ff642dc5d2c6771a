"""git data du: what takes up how much."""

import os

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready


def du(json: AsJson = False) -> None:
    """Show how many bytes of this clone's store each data root takes, and which versions.

    What several versions share is counted once; "alone" is what no other root uses. Bytes are those on the disk.
    """
    from gitdata import terminal
    from gitdata.ops.keeping.usage import usage

    found = usage(ready(), terminal.progress())
    if json:
        show_json(found)
        return
    width = max((len(_name(root.path)) for root in found.roots), default=4)
    terminal.say(f"{'data':<{width}}  {'stored':>10}  {'alone':>10}  {'work tree':>10}  versions")
    for root in found.roots:
        sizes = "  ".join(f"{terminal.size(size):>10}" for size in (root.stored, root.alone, root.work_tree))
        terminal.say(f"{_name(root.path):<{width}}  {sizes}  {root.versions:>8,}")
    terminal.say("")
    for group in found.groups:
        if group.versions:
            terminal.say(f"{terminal.size(group.stored):>10}  {_GROUPS[group.use]} ({group.versions:,})")
    for size, what in (
        (found.unnamed, "named by nothing (`git data prune`)"),
        (found.aside, "damaged packs, set aside"),
        (found.remotes, "kept of what was read from remotes"),
    ):
        if size:
            terminal.say(f"{terminal.size(size):>10}  {what}")
    terminal.say(f"{terminal.size(found.total):>10}  .git/gitdata, {terminal.size(found.packs)} of it in packs")


_GROUPS = {
    "checked out": "versions that are checked out or staged",
    "commits": "more for versions in other commits",
    "reflog": "more for versions that only reflogs name",
    "undo": "more for edits that `git data undo` lists",
}


def _name(path: bytes) -> str:
    from gitdata import terminal

    return terminal.safe(os.fsdecode(path)) if path else "files by pattern"
