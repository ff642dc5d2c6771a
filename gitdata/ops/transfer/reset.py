"""Reset: a remote whose place was emptied or made anew is taken for what it is now."""

import shutil
from collections.abc import Sequence

from gitdata.errors import DataMissing
from gitdata.formats.pack import Location
from gitdata.ids import ChunkId
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.connect import connect_anew
from gitdata.ops.transfer.broken import has_all, named_blobs
from gitdata.ops.transfer.needed_versions import Needed, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class Reset:
    """What is known of the remote now."""

    name: str
    where: str
    changed: bool  # False: it is what it was, and nothing was done
    lacking: int  # versions of all branches and tags that are not there and can be uploaded
    size: int  # bytes that these take
    elsewhere: int  # versions that are neither there nor in this clone


def reset(place: Workspace, name: str, progress: Progress = SILENT) -> Reset:
    """Forget what a remote was; nothing is written there. Raises what connecting raises."""
    chosen = configured.choose(place, name)
    before = agreed.require(place, chosen)
    with progress.step(f"looking at {name}"):
        remote = connect_anew(place, chosen)
    where = str(chosen.destination)
    if remote is not None and remote.remote_id == before.remote_id:
        return Reset(name, where, changed=False, lacking=0, size=0, elsewhere=0)
    if before.remote_id is not None:
        shutil.rmtree(configured.cache(place, before.destination) / before.remote_id, ignore_errors=True)
    needed = needed_versions(place, ["--branches", "--tags"], []).versions
    if remote is not None:
        absent = remote.lacking(version.root for version in needed)
        needed = [version for version in needed if version.root in absent]
    with progress.step("looking for data to push"), place.open_store() as store:
        here, size = _here(store, needed)
    return Reset(name, where, changed=True, lacking=here, size=size, elsewhere=len(needed) - here)


def _here(store: Store, versions: Sequence[Needed]) -> tuple[int, int]:
    """How many of the versions this clone has, and the bytes that they take."""
    count = 0
    chunks: dict[ChunkId, Location] = {}
    for version in versions:
        try:
            blobs = named_blobs(store, version)
        except DataMissing:
            continue
        if has_all(store, blobs):
            count += 1
            chunks.update(store.find(blobs).locations)
    return count, sum(location.stored for location in chunks.values())
