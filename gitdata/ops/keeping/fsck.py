"""Fsck: verify every byte of the store, that the pointers can be served, and, when asked, a remote."""

import os

from gitdata.errors import BadPointer, DataMissing, GitDataError
from gitdata.git import pointers as git_pointers
from gitdata.ids import BlobId
from gitdata.ops.patterns import pattern_files
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import connect
from gitdata.progress import SILENT, Progress
from gitdata.remote import check
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Verified:
    """What was looked at and what was found wrong; each problem is one line."""

    packs: int
    versions: int
    problems: tuple[str, ...]
    absent: int  # versions of which data is not in this clone: no problem while a remote has it


def fsck(
    place: Workspace, remote_name: str | None = None, *, remote: bool = False, progress: Progress = SILENT
) -> Verified:
    """Read and hash all packs, check the pointers of every ref; with `remote` check that remote too."""
    problems: list[str] = []
    absent = 0
    with place.open_store() as store:
        problems += store.fsck(progress)
        with progress.step("checking the pointers of all commits", unit="versions") as step:
            texts = _pointers(place)
            singles = pattern_files.introduced(place, ["--all"], []).versions
            absent += len(
                {version.value.root() for version in singles} - store.has(BlobId(v.value.root()) for v in singles)
            )
            for where, text in texts.items():
                step.advance(1)
                try:
                    absent += not _served(store, where, text)
                except GitDataError as error:
                    problems.append(str(error))
        packs = len(store.packs())
    if remote or remote_name is not None:
        problems += check.check(connect(place, configured.choose(place, remote_name)), data=True, progress=progress)
    return Verified(packs, len(texts) + len(singles), tuple(problems), absent)


def _pointers(place: Workspace) -> dict[bytes, bytes]:
    found = git_pointers.introduced(place.git, ["--all"], [])
    texts = git_pointers.read(place.git, list(dict.fromkeys(item.oid for item in found)))
    where = {item.oid: item.path + b" in commit " + item.commit[:12].encode() for item in found}
    return {where[oid]: text for oid, text in texts.items()}


def _served(store: Store, where: bytes, text: bytes) -> bool:
    try:
        listing = pointer_files.listing_of(pointer_files.parse(where, text), store)
    except DataMissing:
        return False
    except BadPointer as error:
        raise BadPointer(f"{os.fsdecode(where)}: {error}") from error
    ids = {entry.id for entry in listing.values() if entry.kind != "dir"}
    return store.has(ids) == ids
