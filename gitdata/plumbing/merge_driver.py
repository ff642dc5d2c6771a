"""The merge driver: `%O %A %B %P`, the three versions of a pointer as files, and its path."""

from collections.abc import Sequence
from pathlib import Path

from gitdata import terminal, workspace
from gitdata.durable import write_file
from gitdata.errors import UsageError
from gitdata.ops import merge_file
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
    if not path.endswith(b".gitdata"):
        return _pattern_file(path, ancestor, ours, theirs)
    merged = merge(workspace.here(), path, ancestor.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    write_file(ours, merged.text, fsync=False)
    if merged.conflicts:
        terminal.tell(describe(path, merged.conflicts))
        return 1
    return 0


def _pattern_file(path: bytes, ancestor: Path, ours: Path, theirs: Path) -> int:
    text = merge_file.merge_file(workspace.here(), ancestor, ours, theirs)
    if text is None:
        terminal.tell(merge_file.describe(path))
        return 1
    write_file(ours, text, fsync=False)
    return 0
