"""The merge driver: `%O %A %B %P %L`, the three versions of a pointer as files, its path, and the marker size.

Git makes conflict markers longer when it merges the ancestors of a criss-cross history among themselves.
"""

from collections.abc import Sequence
from pathlib import Path

from gitdata import terminal, workspace
from gitdata.durable import write_file
from gitdata.errors import UsageError
from gitdata.ops.merging import merge_pattern_file
from gitdata.ops.merging.merge import describe, merge

_MARKER_SIZE = "7"  # Git's own, gitattributes(5)


def run(arguments: Sequence[str]) -> int:
    """Merge into the second file; 1 tells Git that a person has to look.

    When the versions cannot be read (damaged, or trees missing offline) ours stays as it is and
    the error goes to the caller, which Git takes as a conflict too.
    """
    if len(arguments) not in (4, 5):
        raise UsageError("merge-driver needs %O %A %B %P %L", "`git data init` sets it up")
    ancestor, ours, theirs = (Path(name) for name in arguments[:3])
    path = arguments[3].encode("utf-8", "surrogateescape")
    if not path.endswith(b".gitdata"):
        among_ancestors = len(arguments) == 5 and arguments[4] != _MARKER_SIZE
        return _pattern_file(path, ancestor, ours, theirs, among_ancestors=among_ancestors)
    texts = ancestor.read_bytes(), ours.read_bytes(), theirs.read_bytes()
    merged = merge(workspace.here(), path, texts, terminal.progress())
    write_file(ours, merged.text, fsync=False)
    if merged.conflicts:
        terminal.tell(describe(path, merged.conflicts))
        return 1
    return 0


def _pattern_file(path: bytes, ancestor: Path, ours: Path, theirs: Path, *, among_ancestors: bool) -> int:
    text = merge_pattern_file.merge_file(workspace.here(), ancestor, ours, theirs)
    if text is None and among_ancestors:
        # As with binary files: taking a side here would make the other one win silently in the end.
        write_file(ours, ancestor.read_bytes(), fsync=False)
        return 1
    if text is None:
        terminal.tell(merge_pattern_file.describe(path))
        return 1
    write_file(ours, text, fsync=False)
    return 0
