"""Undo: bring back edits that Git or a person has discarded."""

import os
from collections.abc import Sequence
from pathlib import Path

from gitdata.errors import BadFormat, BadPointer, DataMissing, NotTracked, UsageError
from gitdata.formats.names import parents
from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Listing
from gitdata.ops.following.keep_discarded import keep_discarded
from gitdata.ops.keeping.edits import Edits
from gitdata.ops.keeping.lost import lost
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace
from gitdata.worktree import discarded, merging, places, pointer_files
from gitdata.worktree import materialise as writing
from gitdata.worktree.discarded import Discarded
from gitdata.worktree.in_the_way import in_the_way
from gitdata.worktree.root_changes import RootChanges
from gitdata.worktree.trees import Trees


@frozen
class Undoable:
    """What one command has discarded in one data root."""

    number: int  # from 1, the latest
    when_s: int  # since the epoch
    command: bytes
    data: bytes  # the root
    files: int
    size: int  # bytes
    paths: tuple[bytes, ...]  # from the top; none where they are too many to be listed in one place


@frozen
class Undone:
    """What was brought back; paths are from the top."""

    data: bytes  # the root
    restored: tuple[bytes, ...]
    left: tuple[bytes, ...]  # somebody was editing them
    folder: str | None  # where to; None: in place


def undoable(place: Workspace) -> tuple[Undoable, ...]:
    """What can be brought back, the latest first."""
    found = []
    for number, item in enumerate(discarded.load(place.state.directory / discarded.FOLDER), 1):
        try:
            value = pointer_files.parse(item.pointer, item.text)
        except BadPointer:
            continue
        paths = tuple(sorted(_from_top(item.pointer, path) for path in value.listing or ()))
        when_s = item.when_ns // 10**9
        found.append(Undoable(number, when_s, item.command, item.pointer.data, value.files, value.size, paths))
    return tuple(found)


def lost_edits(place: Workspace, progress: Progress = SILENT) -> tuple[Undoable, ...]:
    """What commits had that no ref reaches any more and is in the store, the latest first."""
    with place.open_store() as store:
        found = lost(place, store, progress)
    return tuple(
        Undoable(
            number,
            item.when_ns // 10**9,
            item.command,
            item.pointer.data,
            len(item.files),
            sum(entry.size for entry in item.files.values()),
            tuple(sorted(_from_top(item.pointer, path) for path in item.files)),
        )
        for number, item in enumerate(found, 1)
    )


def undo(
    place: Workspace,
    number: int | None,
    wanted: Sequence[bytes],
    folder: Path | None = None,
    progress: Progress = SILENT,
    *,
    from_lost: bool = False,
) -> Undone:
    """Bring back the files of the `number`th of `undoable`, or of the latest that has any of `wanted`.

    With `from_lost` of `lost_edits`.

    Only those of `wanted` (paths from the top; folders mean what is below them), if there are any. In place, what is
    there now is kept like anything that is discarded: this can be undone too. With `folder`, which must be empty or
    not exist, they are written below it and nothing else changes. Raises `UsageError` for what cannot be
    meant, `NotTracked` when the data root is not there any more, `DataMissing` when the content is gone, `DataCorrupt`.
    """
    with place.state.locked(), place.open_store() as store:
        items: Sequence[Discarded | Edits]
        items = lost(place, store, progress) if from_lost else discarded.load(place.state.directory / discarded.FOLDER)
        item, files = _chosen(items, number, wanted, store)
        lacking = {entry.id for entry in files.values()} - store.has(entry.id for entry in files.values())
        if lacking:
            raise DataMissing(f"the content of {len(lacking)} of these files is not in the store any more")
        if folder is not None:
            _write(item.pointer, files, folder, store)
            left: list[bytes] = []
        elif isinstance(item, Edits) and item.single:
            name = shown(item.pointer.data)
            raise UsageError(
                f"{name} is tracked by pattern, so Git itself writes it",
                f"`git checkout {os.fsdecode(item.command)[7:19]} -- {name}`, or name a place: `--to DIRECTORY`",
            )
        else:
            left = _restore(place, item.pointer, files, store, progress)
    restored = tuple(sorted(_from_top(item.pointer, path) for path in files.keys() - set(left)))
    kept = tuple(_from_top(item.pointer, path) for path in left)
    return Undone(item.pointer.data, restored, kept, str(folder) if folder is not None else None)


def _chosen(
    items: Sequence[Discarded | Edits], number: int | None, wanted: Sequence[bytes], store: Store
) -> tuple[Discarded | Edits, Listing]:
    """Which time is meant, and its files among `wanted`."""
    if not items:
        raise UsageError("nothing was discarded, so there is nothing to bring back", "see `git data status`")
    if number is not None and not 1 <= number <= len(items):
        raise UsageError(f"there is no {number} to bring back", "list them: `git data undo`")
    for item in items if number is None else [items[number - 1]]:
        listing = _files(item, store)
        files = {path: entry for path, entry in listing.items() if _meant(_from_top(item.pointer, path), wanted)}
        if files:
            return item, files
    raise UsageError(f"nothing of {shown(wanted[0])} was discarded", "list what was: `git data undo`")


def _files(item: Discarded | Edits, store: Store) -> Listing:
    if isinstance(item, Edits):
        return item.files
    try:
        return pointer_files.listing_of(pointer_files.parse(item.pointer, item.text), store)
    except (BadFormat, BadPointer) as error:
        raise DataMissing(f"what was discarded then cannot be read: {error}") from error


def _meant(path: bytes, wanted: Sequence[bytes]) -> bool:
    return not wanted or any(path == name or path.startswith(name + b"/") for name in wanted)


def _from_top(pointer: PointerPath, path: bytes) -> bytes:
    return pointer.data + b"/" + path if path else pointer.data


def _restore(place: Workspace, pointer: PointerPath, files: Listing, store: Store, progress: Progress) -> list[bytes]:
    """Put the files where they were; those that stay out because somebody is editing what is there."""
    root, base = place.root(pointer), place.state.base(pointer)
    if base is None:
        name = os.fsdecode(root.path)
        raise NotTracked(f"{name} is not tracked here any more", "name another place: `git data undo --to DIRECTORY`")
    seen = in_the_way(root, files, place.state)
    job = RootChanges(
        root, merging.decide(seen.listing, seen.listing, after := _with(seen.listing, files)), after, seen
    )
    writing.check(job, store)
    keep_discarded(place, job, [_recorded(pointer, base, seen.listing, store)], store, progress)
    place.state.unset_looked()
    done = writing.carry_out(job, store, place.state, progress)
    for error in done.lost.values():
        raise error
    return [path for path in done.edited if path in files]


def _recorded(pointer: PointerPath, base: bytes, here: Listing, store: Store) -> Listing | None:
    """What the base lists at the paths of `here`; None when that cannot be read."""
    try:
        value = pointer_files.parse(pointer, base)
        if value.tree_root is None:
            return pointer_files.listing_of(value, store)
        trees = Trees(value.tree_root, store)
        return {path: entry for path in here if (entry := trees.listed(path)) is not None}
    except (BadFormat, DataMissing):
        return None


def _with(here: Listing, files: Listing) -> Listing:
    """`here` with `files`, which nothing stands in the way of."""
    above = parents(files)
    after = {path: entry for path, entry in here.items() if path not in above and not parents([path]) & files.keys()}
    return {**after, **files}


def _write(pointer: PointerPath, files: Listing, folder: Path, store: Store) -> None:
    """Write the files below `folder`, each where it was below the top."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already, and not an empty directory", "name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    top = os.fsencode(folder.absolute())
    contents = store.batch([entry.id for entry in files.values()])
    for path, entry in sorted(files.items()):
        parent, name = places.split(_from_top(pointer, path))
        with places.directory(top, parent, create=True) as there:
            if entry.kind == "link":
                there.link(name, store.read(entry.id, entry.size), None)
            else:
                chunks = contents.chunks(entry.id, size=entry.size)
                there.create(name, chunks, executable=entry.kind == "exec")
