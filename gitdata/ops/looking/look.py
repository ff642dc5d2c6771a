"""Look: let the pointer files tell Git of data edits (live status), by stat data alone; nothing is stored."""

from gitdata.errors import BadPointer, DataMissing, FileChanging
from gitdata.formats import unrecorded
from gitdata.formats.pointer import Pointer
from gitdata.git import pointers as git_pointers
from gitdata.git.pointers import Staged
from gitdata.ops.looking.edits_of import Compared, Round, budget, edits_of, opened
from gitdata.ops.recording.tell_scripts import all_seen
from gitdata.ops.roots.known import roots
from gitdata.ops.roots.note_held import note_held
from gitdata.progress import SILENT, Progress
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.edits import Edit, Edits, digest
from gitdata.worktree.glance import Glance
from gitdata.worktree.touched_since_look import Report


@frozen
class Looked:
    """What a look found."""

    changed: tuple[bytes, ...] = ()  # pointers rewritten
    pending: tuple[bytes, ...] = ()  # pointers that moved without their data, or all of it: left alone
    busy: tuple[bytes, ...] = ()  # pointers with files that are being written right now: left for later
    absent: tuple[bytes, ...] = ()  # pointers whose data is not here at all
    unread: tuple[tuple[bytes, DataMissing], ...] = ()  # pointers whose version cannot be read, and why: left alone


def look(place: Workspace, report: Report | None = None, progress: Progress = SILENT) -> Looked:
    """Look at what changed, by a `report` of what was touched if there is one, and rewrite the pointers concerned.

    A pointer that Git has moved is never touched: its data has still to follow it.
    """
    known = place.state.known()
    named = roots(place) if known else git_pointers.Named({}, {})
    outcomes: dict[str, list[bytes]] = {"changed": [], "pending": [], "busy": [], "same": [], "absent": []}
    state = place.state
    unread: list[tuple[bytes, DataMissing]] = []
    with progress.step("looking at data"), state.locked(wait=False), opened(place) as store:
        started = state.now_ns() if report is None else report.began_ns
        at = Round(place, store, budget(place), report, progress)
        if refused := [path for path in known if path in named.refused]:
            note_held(place, refused)
        for path in known:
            if path in named.refused:
                continue
            try:
                outcomes[_look_at(at, path, named.pointers.get(path))].append(path)
            except FileChanging:
                outcomes["busy"].append(path)
            except DataMissing as error:  # edits of this one do not show; those of the others do
                unread.append((path, error))
        if outcomes["changed"]:
            state.written()
        if (
            outcomes["pending"] or outcomes["busy"] or unread or refused
        ):  # what is refused now may be data again in a moment
            state.unset_looked()
        else:
            all_seen(place, outcomes["changed"] + outcomes["same"], started)
    changed, pending, busy, absent = (tuple(outcomes[how]) for how in ("changed", "pending", "busy", "absent"))
    return Looked(changed, pending, busy, absent, tuple(unread))


def _look_at(at: Round, path: bytes, staged: Staged | None) -> str:
    """Look at one data root and let its pointer tell what was found; how it was found."""
    place = at.place
    root, state = place.root(path), place.state
    text, base = pointer_files.read(root), state.base(path)
    if text is None or base is None:
        return "absent"
    value = pointer_files.parse(path, base)
    if not state.agrees(path, text):
        return "pending"
    edits = state.edits(path)
    found = edits_of(at, Compared(path, base, value, edits.found if edits else {}))
    if not found.present:
        return "absent"
    if found.edits and staged is not None and (other := _other_version(at, path, base, staged)) is not None:
        # The data is back where it was: the pointer names that version again.
        state.set_edits(path, None)
        state.set_base(path, other)
        base, found, edits = other, Glance(True), None
    return _tell(place, root, text, base, value, found) if found.edits else _untell(place, root, text, base, edits)


def _other_version(at: Round, path: bytes, base: bytes, staged: Staged) -> bytes | None:
    """The pointer in the index, where it is not the base any more (`git reset`), and the data is what it says."""
    place = at.place
    if staged.stage or staged.has(base):
        return None
    text = git_pointers.read(place.git, [staged.oid])[staged.oid]
    try:
        found = edits_of(at, Compared(path, text, pointer_files.parse(path, text), None))
    except (BadPointer, DataMissing):
        return None
    return text if found.present and not found.edits else None


def _tell(place: Workspace, root: DataRoot, text: bytes, base: bytes, value: Pointer, found: Glance) -> str:
    """Write the edits into the pointer, then remember that it has them."""
    new = _told(value, found.edits, base)
    pointer_files.write(root, new)
    place.state.set_edits(root.pointer, Edits(digest(new), found.edits))
    return "same" if new == text else "changed"


def _told(value: Pointer, edits: dict[bytes, Edit], base: bytes) -> bytes:
    """The text of a pointer that tells of `edits` to the version `value`, whose own text is `base`."""
    lines = (unrecorded.Line(path, edit.what, edit.size) for path, edit in edits.items())
    return unrecorded.encode(value.root(), lines, len(edits), unlike=len(base))


def _untell(place: Workspace, root: DataRoot, text: bytes, base: bytes, edits: Edits | None) -> str:
    """Nothing differs from the base: the pointer says so."""
    if edits is not None and edits.taken(text):
        return "same"  # Git has just taken the edits, and knows the pointer file as it is
    place.state.set_edits(root.pointer, None)
    pointer_files.write(root, base)
    return "same" if text == base else "changed"
