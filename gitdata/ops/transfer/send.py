"""Send: bring versions to a remote that was not seen to have them."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.pointer import is_pointer_path
from gitdata.git import pointers as git_pointers
from gitdata.ids import BlobId, PackId, RootId
from gitdata.ops.patterns.clean import settled
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.broken import Broken, find_broken, is_here, named_blobs, nowhere_error
from gitdata.ops.transfer.changed_size import changed_size
from gitdata.ops.transfer.needed_versions import Needed
from gitdata.ops.transfer.older_roots import older_roots
from gitdata.progress import SILENT, Progress
from gitdata.remote import upload
from gitdata.remote.bad import Bad
from gitdata.remote.outgoing import checked_ahead
from gitdata.remote.plans import Version
from gitdata.remote.remote import Remote
from gitdata.store.reading import Damaged, Found
from gitdata.store.store import Store
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files


@frozen
class Sent:
    """What was sent."""

    versions: int  # that the remote lacked
    mended: int  # of them, those that it had before
    packs: int
    sent: int  # bytes
    changed: int  # bytes of files in these versions that those before had not, as far as that is known


class Wanted(NamedTuple):
    """Versions for a remote."""

    needed: Sequence[Needed]
    fresh: Sequence[Needed]  # of them, those that it was not seen to have
    check: Bad | None  # look for all that they rely on, beside what is known to be bad; None: do not


class _Base(NamedTuple):
    """The version of a pointer before another one; the remote may or may not have it."""

    root: RootId
    folder: bool


_Ready = dict[RootId, tuple[AbstractSet[BlobId], Found | None]]
"""The names of versions, and where they lie here."""


def send(
    place: Workspace,
    store: Store,
    to: DataRemote,
    wanted: Wanted,
    progress: Progress = SILENT,
) -> Sent:
    """Upload what the remote lacks of the fresh versions, and remember that it has them.

    Raises `DataMissing` naming all versions of which something is neither here nor there, and what connecting raises.
    When everything is looked for (`Wanted.check`), all others are sent before; else, for a push that cannot go on
    without them, nothing more is sent when the first is met.
    """
    needed, fresh, check = wanted
    settled(place, store)
    new = agreed.require(place, to).remote_id is None
    ready: _Ready = {}
    checked: set[PackId] = set()
    with ThreadPoolExecutor(1) as asking:
        answer = asking.submit(_ask, place, to, [version.root for version in fresh])
        # The newest is lacking nearly always: its blobs are named while the remote answers, but for one that is known
        # by its trees, of which only what is new will be asked for. A remote that was never seen needs all of it, so
        # it is looked up and checked as well.
        if new or fresh[-1].said.tree_root is None:
            with contextlib.suppress(DataMissing):
                blobs = named_blobs(store, fresh[-1])
                found = store.find(blobs) if new else None
                checked = checked_ahead(store, found.locations, answer.done) if found is not None else checked
                ready[fresh[-1].root] = (blobs, found)
                del blobs, found  # many, and wanted for the first step alone
        remote, absent = answer.result()
    broken = Broken()
    if check is not None:
        with progress.step(f"checking {to.name}"):
            broken = find_broken(remote, store, [one for one in fresh if one.root not in absent], check)
        if len(absent) == len(fresh):  # nothing is there, perhaps not any more: what is here has to be enough
            nowhere = [version for version in fresh if not is_here(store, version)]
            absent = absent - {version.root for version in nowhere}
            broken = replace(broken, helpless=[*broken.helpless, *nowhere])
    lacking = [version for version in fresh if version.root in absent or version.root in broken.mendable]
    bases = _bases(place, needed, lacking)
    # A pack that proves to be damaged is set aside: what is left may be enough, and is looked up again.
    for left in reversed(range(len(store.packs()) + 1)):
        try:
            result = upload.push(
                remote, store, _versions(place, store, lacking, bases, ready), progress, checked, broken.found
            )
            break
        except Damaged:
            ready, checked = {}, set()
            if not left:
                raise
    nowhere = [version for version in lacking if version.root in result.refused]
    absent = {version.root for version in (*broken.helpless, *(lacking if nowhere and check is None else nowhere))}
    store.mark(
        configured.marks(to.destination, remote.remote_id), [one.root for one in fresh if one.root not in absent]
    )
    if absent:
        raise nowhere_error(place, remote, nowhere, broken.helpless, complete=check is not None)
    before = (bases[one.root].root if one.root in bases else None for one in lacking)
    changed = changed_size(store, zip((one.value for one in lacking), before, strict=True))
    return Sent(len(lacking), len(broken.mendable), result.packs, result.sent, changed)


def _versions(
    place: Workspace, store: Store, lacking: Sequence[Needed], bases: Mapping[RootId, _Base], ready: _Ready
) -> Iterator[Version]:
    for version in lacking:
        base = bases.get(version.root)
        trees = base is not None and base.folder and version.said.tree_root is not None
        before = base.root if base is not None else None
        names, found = ready.pop(version.root, (None, None))
        blobs, others = partial(named_blobs, store, version), partial(_others, place, version)
        yield Version(version.root, blobs, before, trees, names, found, others)


def _others(place: Workspace, version: Needed) -> Iterator[RootId]:
    """Other versions of a pointer, the newest first: those that were merged have what a clone has not fetched."""
    return (root for root in older_roots(place, version.path, version.commit) if root != version.root)


def _ask(place: Workspace, to: DataRemote, roots: Sequence[RootId]) -> tuple[Remote, set[RootId]]:
    """The remote itself, and which of `roots` it lacks."""
    remote = connect(place, to, create=True)
    return remote, remote.lacking(roots)


def _bases(place: Workspace, needed: Sequence[Needed], lacking: Sequence[Needed]) -> dict[RootId, _Base]:
    """For each version the one its manifest can build on, if any: the version of the same pointer before it."""
    latest: dict[bytes, _Base] = {}
    bases: dict[RootId, _Base] = {}
    first: list[Needed] = []  # of its pointer, in this push
    todo = {version.root for version in lacking}
    for version in needed:
        if version.root in todo and version.path in latest:
            bases[version.root] = latest[version.path]
        elif version.root in todo and is_pointer_path(version.path):
            first.append(version)
        elif version.root in todo and version.before is not None:
            bases[version.root] = _Base(version.before, folder=False)
        latest[version.path] = _Base(version.root, version.said.form != "file")
    return bases | _earlier(place, first)


def _earlier(place: Workspace, versions: Sequence[Needed]) -> dict[RootId, _Base]:
    """The versions before those that a push begins with."""
    oids = {version.root: [version.replaced] for version in versions if version.replaced is not None}
    unknown: dict[str, dict[bytes, RootId]] = {}
    for version in versions:
        if version.replaced is None:
            unknown.setdefault(version.commit, {})[version.path] = version.root
    for commit, paths in unknown.items():
        found = git_pointers.histories(place.git, commit, list(paths), 2)
        oids |= {root: found[path] for path, root in paths.items()}
    texts = git_pointers.read(place.git, [oid for some in oids.values() for oid in some])
    bases = {}
    for version in versions:
        for oid in reversed(oids[version.root]):
            with contextlib.suppress(BadPointer):  # nothing to build on
                value = pointer_files.parse(version.path, texts[oid])
                if (root := value.root()) != version.root:
                    bases[version.root] = _Base(root, value.form != "file")
    return bases
