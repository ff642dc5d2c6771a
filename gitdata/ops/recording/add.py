"""Add: snapshot data that the person names, whatever the pointers said before."""

from gitdata.git import patterns
from gitdata.ops.following.catch_up import catch_up
from gitdata.ops.recording.record import Recorded, moved, record
from gitdata.ops.roots.typed_paths import chosen
from gitdata.progress import SILENT, Progress
from gitdata.values import replace
from gitdata.workspace import Workspace


def add(place: Workspace, paths: list[str], progress: Progress = SILENT) -> Recorded:
    """Record the data roots and pattern files that `paths` mean and stage their pointers.

    Named explicitly, the data is taken as it is; without names nothing stale is recorded.
    """
    wanted = chosen(place, paths)
    if not paths:
        catch_up(place, moved(place, wanted.pointers), progress)
    done = record(place, wanted.pointers, take=bool(paths), progress=progress)
    return replace(done, staged=(*done.staged, *_add_files(place, wanted.files)))


def _add_files(place: Workspace, paths: list[bytes] | None) -> list[bytes]:
    """Stage pattern files that changed, as `git add -u` does."""
    if paths is None and not patterns.here(place.git, place.repository.top):
        return []
    before = patterns.in_index(place.git)
    todo = list(before) if paths is None else paths
    if not todo:
        return []
    place.filtering.run(
        "add", "-u", "--pathspec-from-file=-", "--pathspec-file-nul",
        stdin=b"".join(b":(top,literal)" + path + b"\0" for path in todo),
    )  # fmt: skip
    after = patterns.in_index(place.git)
    return [path for path in todo if path in after and after[path] != before[path]]
