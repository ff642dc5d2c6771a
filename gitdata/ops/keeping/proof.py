"""Proof: which versions are whole on a remote, as it is now; nothing but manifests, sizes and trees is read."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from gitdata.errors import BadFormat, DataCorrupt, DataMissing, GitDataError, UnsafeName
from gitdata.formats.additions import additions
from gitdata.formats.tree import reachable
from gitdata.ids import BlobId, RootId
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.ops.transfer.older_roots import older_roots
from gitdata.progress import SILENT, Progress
from gitdata.remote.coverage import Coverage
from gitdata.remote.manifests import Manifests
from gitdata.remote.remote import Remote
from gitdata.remote.trees import Trees
from gitdata.store.store import Store
from gitdata.values import field, frozen
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_DAMAGE = (BadFormat, DataCorrupt, DataMissing, UnsafeName)


@frozen
class Lacking:
    """What of a version is not on a remote."""

    version: Needed
    why: str = ""  # nothing of it can be had: for this reason
    blobs: Mapping[BlobId, str] = field(default_factory=dict)  # or these of its files and trees, and why
    paths: Mapping[bytes, BlobId] = field(default_factory=dict)  # of those that are files, below the root


@frozen
class Proof:
    """What was looked at, and what is not there."""

    versions: int
    packs: int
    lacking: tuple[Lacking, ...] = ()

    @property
    def broken(self) -> frozenset[RootId]:
        """The versions that are not whole."""
        return frozenset(one.version.root for one in self.lacking)


def prove(
    place: Workspace,
    remote: Remote,
    store: Store | None,
    versions: Sequence[Needed],
    progress: Progress = SILENT,
    *,
    by_others: bool = True,
) -> Proof:
    """Look which of `versions`, oldest first, are whole on `remote`; `store` is this clone's, if it has one.

    With `by_others` a version without a manifest may be covered by those in which a fetch looks beside. Raises
    what the backend raises.
    """
    manifests = Manifests(remote)
    roots = [version.root for version in versions]
    with progress.step(f"looking at {remote.name}", len(roots), "versions") as step:
        sizes = store.packs() if store is not None else {}
        others = _stand_ins(place, manifests, versions) if by_others else {}
        coverage = Coverage.of(manifests, roots, sizes, others)
        folder = Path(tempfile.mkdtemp(prefix="git-data-"))
        trees = Trees.of(store, folder / "store")
        try:
            folders = [one.root for one in versions if one.said.tree_root and one.root not in coverage.absent]
            trees.bring(manifests, folders, progress)
            lacking = []
            whole: dict[bytes, RootId] = {}
            for version in versions:
                found = _lacking(coverage, trees, version, whole.get(version.path))
                if found is not None:
                    lacking.append(found)
                elif version.said.tree_root is not None:
                    whole[version.path] = version.root
                step.advance(1)
        finally:
            trees.close()
            shutil.rmtree(folder, ignore_errors=True)
    return Proof(len(versions), coverage.packs, tuple(lacking))


def _stand_ins(place: Workspace, manifests: Manifests, versions: Sequence[Needed]) -> Mapping[RootId, Sequence[RootId]]:
    """For versions without a manifest those whose manifests a fetch looks into: others of the same pointer."""
    absent = manifests.look_up(version.root for version in versions)
    listed = [version for version in versions if version.root in absent and version.said.form == "listing"]
    paths = {version.path for version in listed}
    others: defaultdict[bytes, list[RootId]] = defaultdict(list)
    for version in versions:
        if version.path in paths:
            others[version.path].append(version.root)
    for path in paths:
        with_history = [] if place.repository.bare else older_roots(place, path)
        others[path] = list(dict.fromkeys((*with_history, *others[path])))
    return {version.root: others[version.path] for version in listed}


def _lacking(coverage: Coverage, trees: Trees, version: Needed, before: RootId | None) -> Lacking | None:
    """What of a version is not there; `before` is an earlier version of it that is whole."""
    blobs: AbstractSet[BlobId]
    try:
        chain = coverage.chain(version.root)
        if not chain:
            return Lacking(version, "its manifest is not there")
        if before is not None and any(manifest.root == before for manifest in chain):
            blobs = additions(before, version.root, trees.read).added
        elif version.said.tree_root is not None:
            blobs = reachable(version.said.tree_root, trees.read)
        else:
            blobs = {entry.id for entry in (version.value.listing or {}).values() if entry.kind != "dir"}
        missing = coverage.lacking(version.root, blobs)
        if not missing:
            return None
        listing = _listing(trees, version)
    except _DAMAGE as error:
        return Lacking(version, str(error))
    paths = {path: blob for path, blob in sorted(listing.items()) if blob in missing}
    return Lacking(version, "", missing, paths)


def _listing(trees: Trees, version: Needed) -> Mapping[bytes, BlobId]:
    found = version.value.listing
    if found is None and version.said.tree_root is not None:
        found = pointer_files.unfolded(version.value, trees.read)
    return {path: entry.id for path, entry in (found or {}).items() if entry.kind != "dir"}


def everything_lacking(versions: Sequence[Needed], error: GitDataError) -> Proof:
    """The proof for a remote on which there is nothing."""
    return Proof(len(versions), 0, tuple(Lacking(version, str(error)) for version in versions))
