"""Purge: the store of a clone goes, when all that it has is on remotes."""

import shutil

from gitdata.errors import DataMissing, Incomplete
from gitdata.ids import RootId
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.setting_up.initialise import take_down
from gitdata.ops.transfer.broken import has_all, named_blobs
from gitdata.ops.transfer.needed_versions import bad_pointers, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.wording import count
from gitdata.workspace import Workspace

_EVER_S = 1e12


def purge(place: Workspace, progress: Progress = SILENT) -> list[str]:
    """Take git-data out of a clone and delete all stored versions; what was done, one line each.

    Raises `Incomplete`, and deletes nothing, while versions of its commits are here that no remote was seen to have.
    """
    _refuse_unpushed(place, progress)
    done = take_down(place)
    shutil.rmtree(place.store_directory, ignore_errors=True)
    return [done[0], f"the stored versions in {place.store_directory} are deleted"]


def _refuse_unpushed(place: Workspace, progress: Progress) -> None:
    with progress.step("looking for data that is nowhere else"):
        found = needed_versions(place, ["--all"], [])
        if found.unreadable:  # what they name may be nowhere else
            raise bad_pointers(found.unreadable)
        with place.open_store() as store:
            pushed = _pushed(place, store)
            left = []
            for version in found.versions:
                if version.root in pushed:
                    continue
                try:
                    left += [version] if has_all(store, named_blobs(store, version)) else []
                except DataMissing:
                    continue
    if left:
        were = "was" if len(left) == 1 else "were"
        raise Incomplete(
            f"{count(len(left), 'version')} of data in this clone {were} not pushed to any remote; nothing was deleted",
            "push them first: `git data push --all`",
        )


def _pushed(place: Workspace, store: Store) -> set[RootId]:
    found: set[RootId] = set()
    for one in agreed.agreements(place).all():
        if one.remote_id is not None:
            found |= store.marked(configured.marks(one.destination, one.remote_id), _EVER_S)
    return found
