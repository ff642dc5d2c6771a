"""Verify: whether the data of commits is on a remote, every version of it, without fetching any."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from gitdata.errors import DataMissing, NotTrusted
from gitdata.formats.pointer import data_path, is_pointer_path
from gitdata.git.changes import authors
from gitdata.ops.keeping.proof import Lacking, Proof, everything_lacking, prove
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.commit_range import commit_range
from gitdata.ops.transfer.needed_versions import Needed, Unreadable, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.values import frozen, replace
from gitdata.wording import shown
from gitdata.workspace import Workspace


@frozen
class Missing:
    """Something that is not on the remote."""

    path: bytes  # of a file, or of a data root: all of it; or of a pointer that is damaged
    root: bytes  # the version; empty: nobody can tell
    commit: str
    author: str
    why: str


@frozen
class Verified:
    """What was looked at, and what is missing."""

    remote: str | None  # None: the commits have no data, and no remote was asked
    where: str | None
    versions: int
    whole: int  # of them
    packs: int  # that were looked for
    missing: tuple[Missing, ...] = ()


def verify(
    place: Workspace, revisions: Sequence[str] = (), remote_name: str | None = None, progress: Progress = SILENT
) -> Verified:
    """Look whether a remote has the data of all commits that `revisions` reach (none: HEAD; `A..B`: not those of A).

    Nothing is fetched but manifests and, where this clone lacks them, trees. A pointer that is damaged is something
    that is missing. Raises `GitFailed` for a revision that does not exist, and what connecting raises.
    """
    tips, excluded = commit_range(place, revisions)
    with progress.step("looking for data in commits"):
        found = needed_versions(place, tips, excluded)
    damaged = tuple(_damaged(place, found.unreadable))
    if not found.versions:
        return Verified(None, None, len(damaged), 0, 0, damaged)
    return _verify(place, found.versions, damaged, remote_name, progress)


def _damaged(place: Workspace, unreadable: Sequence[Unreadable]) -> Iterator[Missing]:
    by = authors(place.git, (one.commit for one in unreadable))
    for one in unreadable:
        yield Missing(one.path, b"", one.commit, by.get(one.commit, ""), one.why)


def _verify(
    place: Workspace,
    versions: Sequence[Needed],
    damaged: Sequence[Missing],
    remote_name: str | None,
    progress: Progress,
) -> Verified:
    with ExitStack() as stack:
        place = _with_cache(place, stack)
        chosen = configured.choose(place, remote_name or _of_branch(place))
        try:
            remote = connect(place, chosen)
        except NotTrusted as error:
            raise NotTrusted(
                str(error), f"look at it, then agree: {_consent(place, str(chosen.destination.url))}"
            ) from error
        except DataMissing as error:  # nothing was pushed there yet
            proof = everything_lacking(versions, error)
        else:
            store = stack.enter_context(place.open_store()) if (place.store_directory / "packs").is_dir() else None
            proof = prove(place, remote, store, versions, progress)
    by = authors(place.git, (one.version.commit for one in proof.lacking))
    whole = proof.versions - len(proof.lacking)
    missing = (*damaged, *_told(proof, by))
    everything = proof.versions + len(damaged)
    return Verified(chosen.name, str(chosen.destination), everything, whole, proof.packs, missing)


def _of_branch(place: Workspace) -> str | None:
    """The remote to which Git pushes the branch that is checked out, if there is a data remote of that name."""
    branch = place.git.run("branch", "--show-current").decode(errors="surrogateescape").strip()
    keys = (f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote")
    name = next((value for key in keys if (value := place.config.get(key)) is not None), None)
    return name if name in configured.known(place) else None


def _with_cache(place: Workspace, stack: ExitStack) -> Workspace:
    """Where nothing of git-data is, or may be written, what is read of the remote is kept for this time only."""
    if place.store_directory.is_dir() and os.access(place.store_directory, os.W_OK):
        return place
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="git-data-")))
    return replace(place, repository=replace(place.repository, common_dir=folder))


def _consent(place: Workspace, url: str) -> str:
    if place.initialised:
        return "`git data trust`"
    return f"`git config --global --add gitdata.trust {shown(url, 200)}`"


def _told(proof: Proof, by: Mapping[str, str]) -> Iterator[Missing]:
    """Each thing once, for the first version that has it."""
    told: set[object] = set()
    for one in proof.lacking:
        if not one.paths:
            why = one.why or next(iter(one.blobs.values()))
            what = "" if one.why else "its folders: "
            yield _missing(one, _top(one.version), what + why, by)
        for path, blob in one.paths.items():
            if blob not in told:
                top = _top(one.version)
                yield _missing(one, top + b"/" + path if path else top, one.blobs[blob], by)
        told |= one.blobs.keys()


def _top(version: Needed) -> bytes:
    return data_path(version.path) if is_pointer_path(version.path) else version.path


def _missing(one: Lacking, path: bytes, why: str, by: Mapping[str, str]) -> Missing:
    version = one.version
    return Missing(path, version.root, version.commit, by.get(version.commit, ""), why)
