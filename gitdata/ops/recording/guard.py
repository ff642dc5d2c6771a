"""Guard: before a commit, every pattern file in it is a pointer, and every pointer can be served."""

import os
import stat

from gitdata.descent import Descent
from gitdata.errors import DataMissing, Unfinished
from gitdata.formats.pointer import FILE_LIMIT, file_entry
from gitdata.formats.tree import Entry
from gitdata.git import patterns
from gitdata.git.texts import Texts
from gitdata.ops.patterns.clean import left_aside, settled
from gitdata.store.sources import Source, WorkFile
from gitdata.store.store import Store
from gitdata.workspace import Workspace


def guard(place: Workspace) -> None:
    """Refuse pattern files that the commit would change into something that nobody could bring back.

    Raises `DataMissing` for pointers whose content was never stored and is not in the work tree either, and
    `Unfinished` for content that went past the filter (what another commit has is in Git anyway). A file that is
    only a pointer in the work tree too came from another commit; whether the remote has it is the push's question.
    """
    if not patterns.here(place.git, place.repository.top):
        return
    changed = _changed(place)
    texts = Texts(place.git, dict.fromkeys(changed.values(), FILE_LIMIT))
    entries = {path: file_entry(texts.get(oid, b"")) for path, oid in changed.items()}
    raw = sorted(
        path
        for path, oid in changed.items()
        if entries[path] is None and texts.get(oid) != b"" and not patterns.in_history(place.git, path, oid)
    )
    if raw:
        raise Unfinished(
            f"{_names(raw)}: the content is staged instead of a pointer, as if the filter had been off",
            f"stage it again: `git add --renormalize {_names(raw[:1])}`",
        )
    named = {path: entry for path, entry in entries.items() if entry is not None}
    with place.open_store() as store:
        lacking = _lacking(store, named)
        if lacking or left_aside(place):
            settled(place, store)
            lacking = _store(place, store, _lacking(store, named))
    if lacking:
        raise DataMissing(
            f"the staged pointers of {_names(sorted(lacking))} name content that was never stored",
            f"stage the file as it is now: `git add --renormalize {_names(sorted(lacking)[:1])}`",
        )


def _changed(place: Workspace) -> dict[bytes, str]:
    """The pattern files whose staged version differs from the last commit, with the ids of their blobs."""
    staged = {path: entry for path, entry in patterns.in_index(place.git).items() if not entry.stage}
    if not staged:
        return {}
    asked = b"".join(b"HEAD:" + path + b"\n" for path in staged if b"\n" not in path)
    lines = place.git.run("cat-file", "--batch-check=%(objectname)", stdin=asked).decode(errors="replace").splitlines()
    committed = dict(zip((path for path in staged if b"\n" not in path), lines, strict=True))
    return {path: entry.oid for path, entry in staged.items() if committed.get(path) != entry.oid}


def _lacking(store: Store, named: dict[bytes, Entry]) -> dict[bytes, Entry]:
    held = store.has(entry.id for entry in named.values())
    return {path: entry for path, entry in named.items() if entry.id not in held}


def _store(place: Workspace, store: Store, lacking: dict[bytes, Entry]) -> dict[bytes, Entry]:
    """Store what the work tree still has (a process was killed before it could); what can not be had at all."""
    sources: list[Source] = []
    absent, down = dict(lacking), Descent(os.fsencode(place.repository.top))
    for path, entry in lacking.items():
        try:
            seen = down.status(path)
        except OSError:
            del absent[path]  # not in this work tree, like a file of a sparse checkout
            continue
        if stat.S_ISREG(seen.st_mode) and seen.st_size == entry.size:
            sources.append(WorkFile(down, path, path, seen.st_size))
        elif seen.st_size <= FILE_LIMIT and _is_pointer(down, path, entry):
            del absent[path]
    with store.ingest() as ingest:
        for source, blob, _size, _stat in ingest.add_files(sources):
            if blob == absent[source.name].id:
                del absent[source.name]
    return absent


def _is_pointer(down: Descent, path: bytes, entry: Entry) -> bool:
    with open(down.open(path), "rb") as file:
        return file_entry(file.read(FILE_LIMIT + 1)) == entry


def _names(paths: list[bytes]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(map(os.fsdecode, paths[:3])) + more
