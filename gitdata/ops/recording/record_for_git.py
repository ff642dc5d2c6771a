"""Record for Git: what the filter answers when Git takes in pointers that tell of edits (`git add`, `commit -a`)."""

from gitdata.errors import Unfinished
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.git.earlier_texts import EarlierTexts
from gitdata.ops.recording.record_touched import record_touched
from gitdata.ops.recording.take_in import take_in, taking_in
from gitdata.ops.recording.tell_scripts import all_recorded
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.summary import Amount, Since
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files
from gitdata.worktree.edits import Edits, digest


class Recorder:
    """Records for one Git command, which asks for one pointer after the other."""

    def __init__(self, place: Workspace) -> None:
        self._place = place
        self._earlier = EarlierTexts(place.git)
        self.read = Amount()  # for commands that take it in: add, commit, stash, not diff
        self.seconds = 0.0  # that it took
        self._known = place.state.known()
        told = ((path, place.state.edits(path)) for path in self._known)
        self._waiting = {path for path, edits in told if edits is not None and not edits.recorded}

    def record(self, path: bytes, text: bytes, progress: Progress = SILENT) -> bytes:
        """Put the data into the store as it is now; the recorded pointer, which Git is to have instead of `text`.

        The pointer in the work tree stays as it is until Git has finished (put_in_place.py). Raises `Unfinished` where
        `text` is not what the last look has written, so that nobody knows what it stands for; `FileChanging`, and
        what storing raises.
        """
        since = Since()
        root, state = self._place.root(path), self._place.state
        with progress.step("recording data"), state.locked(), self._place.open_store() as store:
            here, base, told = pointer_files.read(root), state.base(path), state.edits(path)
            agree = here is not None and state.agrees(path, here)
            if told is not None and digest(text) != told.told:
                told = None
            if here is None or base is None or not agree or (told is None and here != text):
                raise Unfinished(
                    f"{shown(path)} tells of edits, and the data beside it is not what it was made for",
                    f"record the data as it is with `git data add {shown(root.path)}`, or run `git data checkout`",
                )
            # Of a look that was killed after it had told Git nobody knows what it had found.
            touched = None
            if told is not None:
                touched = record_touched(self._place, path, base, told, self._earlier, store)
            if touched is not None:
                new, read = touched.text, touched.read
            else:
                new, read = self._record_all(path, base, store, progress)
            if new != base or told is None or not told.recorded:
                state.set_base(path, new)
                state.set_edits(path, Edits(digest(here), recorded=True))
                self._waiting.discard(path)
                if not self._waiting and not any(map(self._is_cut_off, self._known)):
                    all_recorded(self._place, self._known)
        if self._place.index_held:  # else Git is only looking
            self.read += read
            self.seconds += since.seconds
        return new

    def _is_cut_off(self, path: bytes) -> bool:
        """Whether a pointer tells of edits that nobody has remembered: its look was killed."""
        text, told = pointer_files.read(self._place.root(path)), self._place.state.edits(path)
        return text is not None and is_unrecorded(text) and (told is None or digest(text) != told.told)

    def _record_all(self, path: bytes, base: bytes, store: Store, progress: Progress) -> tuple[bytes, Amount]:
        """Look at all of the data and store what is new; the text of its pointer, and what was read."""
        with taking_in(self._place, store, self._earlier, progress) as into:
            taken = take_in(self._place, path, into)
        if taken is None:
            return base, into.amount  # it is not here, which is no edit
        taken.intake.remember()
        self._place.state.set_served(path, taken.text)
        return taken.text, into.amount

    def close(self) -> None:
        """End what was asked."""
        self._earlier.close()
