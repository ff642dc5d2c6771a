"""Fill pattern files: those that had to stay pointers in the work tree get their content."""

import os
from collections.abc import Iterable

from blake3 import blake3

from gitdata.errors import GitDataError
from gitdata.formats.tree import Entry
from gitdata.ids import BlobId
from gitdata.ops.following.moved import Materialised, Moved
from gitdata.ops.patterns import pattern_files
from gitdata.ops.patterns.pattern_files import PatternFile
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress, Step, counted
from gitdata.store.reading import Damaged
from gitdata.store.store import Store
from gitdata.values import replace
from gitdata.workspace import Workspace
from gitdata.worktree import places
from gitdata.worktree.before import Before, Edited, entry_at


def fill_pattern_files(
    place: Workspace, paths: Iterable[bytes] | None = None, progress: Progress = SILENT, *, whole: bool = False
) -> Materialised:
    """Write the content of those `paths` (None: of all pattern files) that are only pointers in the work tree.

    Those outside of the part that the work tree takes stay pointers, but for `whole`.
    A file that is anything but its pointer's text was put there by a person and is left alone. What is missing
    is fetched in one batch; each file says in the result whether it was written or why not. Git's index is
    brought up to date, so that `git status` is clean.
    """
    known = pattern_files.staged(place)
    chosen = known.values() if paths is None else [known[path] for path in paths if path in known]
    taken = [file for file in chosen if whole or place.takes(file.path)]
    todo = [file for file in taken if pattern_files.left_as_pointer(place, file)]
    if not todo:
        return Materialised(())
    done: list[Moved] = []
    written: list[PatternFile] = []
    with place.state.locked(), place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        failure = _fetch(supply, todo)
        held = store.has(file.entry.id for file in todo)
        with progress.step("writing files", sum(file.entry.size for file in todo if file.entry.id in held)) as step:
            for file in todo:
                if file.entry.id not in held:
                    done.append(Moved(file.path, error=failure))
                elif pattern_files.left_as_pointer(place, file):
                    done.append(_write(place, store, file, step))
                    if isinstance(done[-1].error, Damaged):  # now it is missing
                        failure = _fetch(supply, [file])
                        done[-1] = (
                            _write(place, store, file, step) if failure is None else replace(done[-1], error=failure)
                        )
                    written += [file] if done[-1].written else []
    _refresh(place, written)
    return Materialised(tuple(done), supply.amount)


def _fetch(supply: Supply, files: list[PatternFile]) -> GitDataError | None:
    try:
        supply.single_files([Need(file.path, pattern_files.value_of(file.entry)) for file in files])
    except GitDataError as error:
        return error
    return None


def _write(place: Workspace, store: Store, file: PatternFile, step: Step) -> Moved:
    folder, name = places.split(file.path)
    # Its content decides: to write a large file takes long enough for somebody to put one of his own there.
    text = Entry("file", len(file.text), BlobId(blake3(file.text).digest()))
    try:
        with places.directory(os.fsencode(place.repository.top), folder, noted=True) as there:
            here = entry_at(there.descriptor, name)
            before = Before(text._replace(kind=here.kind if here else "file"), None, sure=False)
            content = counted(store.stream(file.entry.id, file.entry.size), step)
            there.write(name, content, before, executable=file.entry.kind == "exec")
    except Edited:
        return Moved(file.path, conflicts=(b"",))
    except GitDataError as error:
        return Moved(file.path, error=type(error)(f"{os.fsdecode(file.path)}: {error}", error.hint))
    return Moved(file.path, written=1)


def _refresh(place: Workspace, files: list[PatternFile]) -> None:
    """Let Git look at the files afresh: it remembers them as large as their pointers, and would call them modified."""
    if not files:
        return
    modes = {"exec": b"100755"}
    lines = [b"%s %s 0\t%s\0" % (modes.get(file.entry.kind, b"100644"), file.oid.encode(), file.path) for file in files]
    place.git.run("update-index", "-z", "--index-info", stdin=b"".join(lines))
    place.filtering.ok("update-index", "-q", "--refresh")
