"""Merge tool: let a person merge files in conflict with the tool that Git's configuration names."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from gitdata import durable
from gitdata.errors import UsageError
from gitdata.formats.conflict_markers import has_markers
from gitdata.formats.tree import Entry
from gitdata.git.merge_tool import NO_TOOL, Versions, run_tool
from gitdata.ops.merging.merge import ASIDE
from gitdata.ops.merging.sides import Concerned, concerned
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.progress import SILENT, Progress
from gitdata.store.scratch import scratch
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_BLOCK = 1 << 20  # bytes


@frozen
class Tooled:
    """One data root in conflict after the tool was run."""

    path: bytes  # of the data, relative to the top
    merged: tuple[bytes, ...]  # paths below the root that the person has merged now
    left: tuple[bytes, ...]  # conflicts that are there still


def merge_tool(
    place: Workspace,
    paths: list[str],
    tool: str | None = None,
    start: Callable[[bytes], None] = lambda _path: None,
    progress: Progress = SILENT,
) -> tuple[Tooled, ...]:
    """Run the tool for every file in conflict that `paths` mean (none: all), one after the other.

    `start` is told which. A file that only one side has, or that is none, is left. Raises `UsageError` for a path
    that is not in conflict, and where there is no tool.
    """
    done = []
    with place.open_store() as store:
        supply = Supply(place, store, progress=progress)
        for pointer, found in concerned(place, supply, paths).items():
            if not found.files:
                continue
            root = place.root(pointer)
            merged = []
            todo = [file for file in found.files if _both(found, file) and _in_conflict(root.full, found, file)]
            _fetch(supply, pointer, found, todo)
            for file in todo:
                start(root.path + (b"/" + file if file else b""))
                if _run(place, store, root.full, found, file, tool):
                    merged.append(file)
            left = [file for file in found.sides.conflicts if _in_conflict(root.full, found, file)]
            done.append(Tooled(root.path, tuple(merged), tuple(file for file in left if file not in merged)))
    return tuple(done)


def _both(found: Concerned, file: bytes) -> bool:
    sides = [found.sides.listings.get(stage, {}).get(file) for stage in (2, 3)]
    return all(entry is not None and entry.kind in ("file", "exec") for entry in sides)


def _full(root: bytes, file: bytes) -> bytes:
    return os.path.join(root, file) if file else root


def _in_conflict(root: bytes, found: Concerned, file: bytes) -> bool:
    """Whether nobody has settled it: markers are in it, the other version lies beside, or one side has none."""
    full = _full(root, file)
    if any(os.path.lexists(full + suffix) for suffix in ASIDE):
        return True
    if file not in found.sides.marked:
        return not file or not _both(found, file)
    try:
        with open(full, "rb") as content:
            return has_markers(iter(lambda: content.read(_BLOCK), b""), found.sides.marked[file])
    except OSError:
        return False


def _fetch(supply: Supply, pointer: bytes, found: Concerned, files: list[bytes]) -> None:
    texts = [found.sides.texts[stage] for stage in (3, 2, 1) if stage in found.sides.texts]
    needs = [Need(pointer, pointer_files.parse(pointer, text)) for text in texts]
    entries = {listing[file] for listing in found.sides.listings.values() for file in files if file in listing}
    absent = supply.of_versions(needs, entries)
    for error in absent.values():
        raise error


def _run(place: Workspace, store: Store, root: bytes, found: Concerned, file: bytes, tool: str | None) -> bool:
    """Run the tool for one file; whether the person has merged it."""
    full = Path(os.fsdecode(_full(root, file)))
    with scratch(place.store_directory) as directory:
        base, ours, theirs = (found.sides.listings.get(stage, {}).get(file) for stage in (1, 2, 3))
        kinds = ("BASE", "LOCAL", "REMOTE", "BACKUP")
        names = {kind: directory / f"{full.stem}_{kind}{full.suffix}" for kind in kinds}
        for name, entry in (("BASE", base), ("LOCAL", ours), ("REMOTE", theirs)):
            _write(store, names[name], entry)
        shutil.copy2(full, names["BACKUP"], follow_symlinks=False)
        versions = Versions(full, names["LOCAL"], names["REMOTE"], names["BASE"], names["BACKUP"], base is not None)
        code = run_tool(place.repository.top, versions, tool)
        if code == NO_TOOL:
            hint = "git config merge.tool NAME; see `git mergetool --tool-help`"
            raise UsageError("there is no merge tool to run", hint)
        if code == 0:
            _remove_aside(full, names["REMOTE"])
    return code == 0


def _write(store: Store, file: Path, entry: Entry | None) -> None:
    parts = store.stream(entry.id, entry.size) if entry is not None and entry.kind in ("file", "exec") else iter(())
    durable.write_parts(file, map(bytes, parts), fsync=False)


def _remove_aside(merged: Path, theirs: Path) -> None:
    """The other version that the merge has put beside the file goes, unless somebody has edited it."""
    aside = merged.with_name(merged.name + ".theirs")
    if aside.is_file() and not aside.is_symlink() and aside.read_bytes() == theirs.read_bytes():
        aside.unlink()
