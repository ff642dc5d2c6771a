"""Look: bring the pointer files up to date with the data, so that Git sees data edits (live status)."""

from dataclasses import dataclass

from gitdata.errors import FileChanging
from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.git import pointers as git_pointers
from gitdata.ids import BlobId
from gitdata.ops.looking.unchanged_since_look import unchanged_since_look
from gitdata.ops.recording.tell_scripts import all_seen
from gitdata.ops.roots.known import known_roots
from gitdata.ops.roots.pointer_text import listing_limit, pointer_text
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.snapshot import complete, keeping, observe, remember
from gitdata.worktree.touched_since_look import Report


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    changed: tuple[bytes, ...] = ()  # pointers rewritten
    pending: tuple[bytes, ...] = ()  # pointers that moved without their data, or all of it: left alone
    busy: tuple[bytes, ...] = ()  # pointers with files that are being written right now: left for later


def look(place: Workspace, report: Report | None = None, progress: Progress = SILENT) -> Looked:
    """Look at what changed, by a `report` of what was touched if there is one, and rewrite the pointers concerned.

    What changed is stored at once: a commit would have to read it again, and `git status` makes Git clean
    the pointer, which has to be one that can be served. A pointer that is not equal to its base is never
    touched: its data has still to follow it. The base moves along, so that Git's own commands can
    discard these edits as they discard others.
    """
    outcomes: dict[str, list[bytes]] = {"changed": [], "pending": [], "busy": [], "same": [], "absent": []}
    state = place.state
    # The store comes first: what is known to be stored counts only when it has lost nothing since.
    with progress.step("looking at data"), state.locked(wait=False), place.open_store() as store:
        started = state.now_ns() if report is None else report.began_ns
        for path in known_roots(place):
            try:
                outcomes[_refresh_one(place, path, store, report, progress)].append(path)
            except FileChanging:
                outcomes["busy"].append(path)
        if outcomes["pending"] or outcomes["busy"]:
            state.unset_live()
        else:
            all_seen(place, outcomes["changed"] + outcomes["same"], started)
    return Looked(tuple(outcomes["changed"]), tuple(outcomes["pending"]), tuple(outcomes["busy"]))


def _refresh_one(place: Workspace, path: bytes, store: Store, report: Report | None, progress: Progress) -> str:
    """Bring one pointer up to date, and the store with it; how it was found."""
    root, state = place.root(path), place.state
    text = pointer_files.read(root)
    if text is None:
        return "absent"
    if not state.agrees(path, text):
        return "pending"
    new = _where_touched(place, root, text, store, report, progress)
    if new is None:
        new = _everywhere(place, root, text, store, progress)
    if new is None:
        return "absent"
    if new == text:
        return "same"
    pointer_files.write(root, new)
    state.set_base(path, new)
    state.set_served(path, new)
    return "changed"


def _everywhere(place: Workspace, root: DataRoot, text: bytes, store: Store, progress: Progress) -> bytes | None:
    """Look at all of the data and store what is new; the text of its pointer, None when it is not here."""
    with store.ingest(progress) as ingest:
        kept: set[BlobId] = set()
        rules = ignore.matcher(place.repository.top, root.path)
        seen = observe(root, place.state, rules, keeping(ingest, kept), progress)
        if not seen.present:
            return None
        new = pointer_text(place, root.pointer, seen, text)
        if new != text:
            complete(root, seen, store, ingest, kept)
    remember(root, place.state, seen)
    return new


def _where_touched(
    place: Workspace, root: DataRoot, text: bytes, store: Store, report: Report | None, progress: Progress
) -> bytes | None:
    """Look only at what was touched since the last complete look; None when that does not do."""
    done = unchanged_since_look(place, root, text, store, report, progress)
    if done is None:
        return None
    if done.rows:
        place.state.add_rows(root.pointer, done.rows)
    version = done.version
    new = pointer.encode_tree_form(version.root, version.files, version.size)
    if new == text:
        return text
    others = [pointer.form_of(other) for other in git_pointers.recorded(place.git, root.pointer) if other]
    fits = version.files >= listing_limit(place) // 2 and all(form == "tree" for form in others)
    return new if fits else None
