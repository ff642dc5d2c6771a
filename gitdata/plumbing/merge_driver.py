"""The merge driver: `%O %A %B %P %L %S %X %Y`: three versions of a pointer as files, its path, the marker size, labels.

Git makes conflict markers longer when it merges the ancestors of a criss-cross history among themselves. Settings
that an older git-data has made tell no labels.
"""

from collections.abc import Sequence
from pathlib import Path

from gitdata import terminal, workspace
from gitdata.durable import write_file
from gitdata.errors import UsageError
from gitdata.git.content_merge import MARKER_SIZE, rules
from gitdata.ops.merging import merge_pattern_file
from gitdata.ops.merging.contents import Way
from gitdata.ops.merging.merge import ASIDE, describe, merge
from gitdata.plumbing.merge_labels import labels
from gitdata.workspace import Workspace
from gitdata.worktree import marked

_LEAST, _MOST = 4, 8  # arguments


def run(arguments: Sequence[str]) -> int:
    """Merge into the second file; 1 tells Git that a person has to look.

    When the versions cannot be read (damaged, or trees missing offline) ours stays as it is and
    the error goes to the caller, which Git takes as a conflict too.
    """
    if not _LEAST <= len(arguments) <= _MOST:
        raise UsageError("merge-driver needs %O %A %B %P %L %S %X %Y", "`git data init` sets it up")
    ancestor, ours, theirs = (Path(name) for name in arguments[:3])
    path = arguments[3].encode("utf-8", "surrogateescape")
    place = workspace.here()
    way = _way(place, path, arguments)
    if not path.endswith(b".gitdata"):
        size = arguments[4] if len(arguments) > _LEAST and arguments[4].isdecimal() else MARKER_SIZE
        replayed = merge_pattern_file.replay(place, (ancestor, ours, theirs), int(size))
        if replayed is not None:
            return 0 if replayed else 1
        return _pattern_file(place, path, (ancestor, ours, theirs), way)
    texts = ancestor.read_bytes(), ours.read_bytes(), theirs.read_bytes()
    merged = merge(place, path, texts, way, terminal.progress())
    write_file(ours, merged.text, fsync=False)
    if way.among_ancestors:
        return 1 if merged.marked or merged.conflicts else 0
    if merged.marked:
        marked.add(place.state.directory, path, merged.marked)
    if place.part is not None and (merged.marked or merged.conflicts):
        beside = {name + suffix for name in merged.conflicts for suffix in ASIDE}
        place.part.note_conflicts(path, merged.text, {*merged.marked, *merged.conflicts, *beside})
    for line in describe(path, merged):
        terminal.tell(line)
    return 1 if merged.marked or merged.conflicts else 0


def _way(place: Workspace, path: bytes, arguments: Sequence[str]) -> Way:
    size = arguments[4] if len(arguments) > 4 else ""
    # What is more than the attributes of the pointer itself ask for is Git's, for ancestors.
    deeper = max(0, int(size) - rules(place.git, [path])[0].marker_size) if size.isdecimal() else 0
    told = arguments[5:]
    names = labels(place, told, workspace.environment(), among_ancestors=deeper > 0)
    return Way(names, deeper)


def _pattern_file(place: Workspace, path: bytes, files: tuple[Path, Path, Path], way: Way) -> int:
    merged = merge_pattern_file.merge_file(place, path, files, way)
    if merged.text is not None:
        write_file(files[1], merged.text, fsync=False)
    if way.among_ancestors and not merged.conflict:
        return 0
    if way.among_ancestors:
        if merged.text is None:
            # As with binary files: taking a side here would make the other one win silently in the end.
            write_file(files[1], files[0].read_bytes(), fsync=False)
        return 1
    if merged.length:
        marked.add(place.state.directory, path, {b"": merged.length})
    for line in merge_pattern_file.describe(path, merged):
        terminal.tell(line)
    return 1 if merged.conflict else 0
