"""The merge driver: `%O %A %B %P`, the three versions of a pointer as files, and its path."""

from collections.abc import Sequence
from pathlib import Path

from gitdata import terminal, workspace
from gitdata.durable import write_file
from gitdata.errors import UsageError
from gitdata.ops.merge import describe, merge


def run(arguments: Sequence[str]) -> int:
    """Merge into the second file; 1 tells Git that a person has to look.

    When the versions cannot be read (damaged, or trees missing offline) ours stays as it is and
    the error goes to the caller, which Git takes as a conflict too.
    """
    if len(arguments) != 4:
        raise UsageError("merge-driver needs %O %A %B %P", "`git data init` sets it up")
    ancestor, ours, theirs = (Path(name) for name in arguments[:3])
    path = arguments[3].encode("utf-8", "surrogateescape")
    merged = merge(workspace.here(), path, ancestor.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    write_file(ours, merged.text, fsync=False)
    if merged.conflicts:
        terminal.tell(describe(path, merged.conflicts))
        return 1
    return 0
