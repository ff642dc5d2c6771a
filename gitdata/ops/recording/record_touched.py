"""Record what was touched: the next version of data of many files, of which few were edited."""

from gitdata.formats import pointer
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.ops.recording.last_look import last_look
from gitdata.ops.recording.take_in import taking_in
from gitdata.ops.roots.pointer_text import listing_limit
from gitdata.store.store import Store
from gitdata.summary import Amount
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import Edits
from gitdata.worktree.touched_since_look import touched
from gitdata.worktree.trees import OutOfStep
from gitdata.worktree.update import Version, update

_RIGHT_BEFORE_NS = 2_000_000_000


@frozen
class Touched:
    """A version that was recorded."""

    text: bytes  # of its pointer
    read: Amount = Amount()


def record_touched(
    place: Workspace, path: bytes, base: bytes, edits: Edits, earlier: EarlierTexts, store: Store
) -> Touched | None:
    """Put what was edited since the version `base` into `store`: the version that is there now.

    Only what the last look has found and what was touched since is read. None when that does not do. Raises what
    `observe` raises.
    """
    root, state = place.root(path), place.state
    stamp = last_look(place, path, base)
    if stamp is None:
        return None
    # A look of this very Git command has just ended: what came since is for the next one to find.
    later = [] if 0 <= state.now_ns() - state.told_ns(path) < _RIGHT_BEFORE_NS else touched(root.full, stamp)
    if later is None:
        return None
    paths = {*edits.found, *later}
    if not paths:
        return Touched(base)
    value = pointer_files.parse(path, base)
    try:
        with taking_in(place, store, earlier) as into:
            keep = into.keep(path)
            done = update(root, Version(value.root(), value.files, value.size), paths, state, store, keep)
    except OutOfStep:
        return None
    if keep.rows:
        state.add_rows(path, keep.rows)
    new = pointer.encode_tree_form(done.root, done.files, done.size)
    if new == base:
        return Touched(base, into.amount)
    others = [pointer.form_of(other) for other in earlier(path) if other]
    fits = done.files >= listing_limit(place) // 2 and all(form == "tree" for form in others)
    if not fits:
        return None
    state.set_served(path, new)
    return Touched(new, into.amount)
