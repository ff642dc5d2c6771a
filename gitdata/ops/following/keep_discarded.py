"""Keep discarded: before edits go that no version has, their content is stored, and `git data undo` is told."""

from collections.abc import Sequence

from gitdata.formats.pointer import form_of
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Listing
from gitdata.git.objects import blob_id
from gitdata.ops.roots.pointer_text import listing_limit
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.workspace import Workspace, command
from gitdata.worktree import discarded, pointer_files
from gitdata.worktree import materialise as writing
from gitdata.worktree.discarded import Discarded
from gitdata.worktree.root_changes import RootChanges

_DAY_NS = 24 * 3600 * 10**9
_DAYS = 14


def keep_discarded(
    place: Workspace, job: RootChanges, recorded: Sequence[Listing | None], store: Store, progress: Progress = SILENT
) -> int:
    """Store what `job` is about to overwrite or delete and is nowhere else; how many files that were.

    What none of the `recorded` listings has is an edit, and is noted. So is everything when Git does not hold the
    pointer that was recorded last: `git diff` was told it and keeps nothing, or Git or the filter was killed before
    Git had it. Nothing is done with `gitdata.undo=off`.
    """
    if not place.config.boolean("gitdata.undo", default=True):
        return 0
    saved = writing.keep_unsaved(job, store, progress)
    going = writing.lost(job)
    known = recorded if going and _in_git(place, job.root.pointer) else []
    edits = {
        path: entry for path, entry in going.items() if all((listing or {}).get(path) != entry for listing in known)
    }
    if edits:
        _note(place, job.root.pointer, edits, store)
    return saved


def undo_days(place: Workspace) -> int:
    """For how many days discarded edits are kept."""
    return place.config.integer("gitdata.undoDays", _DAYS)


def _in_git(place: Workspace, path: PointerPath) -> bool:
    """Whether Git holds the base of a pointer; without a base nobody has said that anything is recorded."""
    text = place.state.base(path)
    sha256 = place.config.get("extensions.objectformat") == "sha256"
    return text is None or place.git.ok("cat-file", "-e", blob_id(text, sha256=sha256))


def _note(place: Workspace, path: PointerPath, edits: Listing, store: Store) -> None:
    text = pointer_files.text_for(edits, [], listing_limit(place))
    if form_of(text) == "tree":
        pointer_files.keep_trees(edits, store)
    now_ns = place.state.now_ns()
    folder = place.state.directory / discarded.FOLDER
    discarded.drop_before(folder, now_ns - undo_days(place) * _DAY_NS)
    discarded.note(folder, Discarded(now_ns, command(), path, text))
