"""Fsck: verify every byte of the store, that the pointers can be served, and, when asked, a remote."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from gitdata.errors import BadPointer, DataMissing, GitDataError
from gitdata.formats.tree import Entry
from gitdata.formats.unfolding import together, unfold
from gitdata.git import pointers as git_pointers
from gitdata.git.texts import Texts
from gitdata.ids import BlobId
from gitdata.ops.keeping.repair import Repaired
from gitdata.ops.keeping.repair import repair as mend
from gitdata.ops.patterns import pattern_files
from gitdata.ops.remotes import configured
from gitdata.ops.remotes.connect import connect
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.push import push
from gitdata.progress import SILENT, Progress
from gitdata.remote import check
from gitdata.remote.spare import Spare, spare
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
    repaired: Repaired | None = None  # what was done about it, if that was asked for
    pointers: int = 0  # of the problems, those of pointers in commits, which nothing here can mend
    mended: int = 0  # versions on the remote that had lost data, which was sent again
    spare: Spare | None = None  # what of the remote no version names, if that was asked for


def fsck(
    place: Workspace,
    remote_name: str | None = None,
    *,
    repair: bool = False,
    full: bool = False,
    progress: Progress = SILENT,
) -> Verified:
    """Read and hash all packs, check the pointers of every ref; check the remote that is named too.

    With `full` also what of its packs no version names, and packs that none names; these go with `repair` when they
    were seen to be so a week ago. With `repair` what is damaged in the store is set aside and
    had again from where it is to be had.
    """
    absent = bad = 0
    texts, pointers = _pointers(place)
    singles = pattern_files.introduced(place, ["--all"], []).versions
    repaired = None
    with place.open_store() as store:
        found = store.check(progress)
        if repair:
            one_by_one = [Need(version.item.path, version.value) for version in singles]
            repaired = mend(place, store, found, lambda: chain(_needs(pointers, texts), one_by_one), progress)
            found = store.check_again()
        problems = [*found.problems, *(repaired.missing if repaired is not None else ())]
        with progress.step("checking the pointers of all commits", unit="versions") as step:
            absent += len(
                {version.value.root() for version in singles} - store.has(BlobId(v.value.root()) for v in singles)
            )
            for oid, where in pointers.items():
                step.advance(1)
                try:
                    absent += not _served(store, where.told, texts.beginning(oid))
                except GitDataError as error:
                    problems.append(str(error))
                    bad += 1
        packs = len(store.packs())
    mended, unnamed = 0, None
    if remote_name is not None:
        left, mended = _remote(place, remote_name, progress, repair=repair, full=full)
        problems += left
    if remote_name is not None and full:
        remote = connect(place, configured.choose(place, remote_name))
        unnamed = spare(remote, remove=repair, progress=progress)
    return Verified(packs, len(pointers) + len(singles), tuple(problems), absent, repaired, bad, mended, unnamed)


def _remote(place: Workspace, name: str, progress: Progress, *, repair: bool, full: bool) -> tuple[list[str], int]:
    """What is wrong on a remote; with `repair` what is left when everything was sent again that is here.

    The second is how many versions were mended.
    """
    remote = connect(place, configured.choose(place, name))
    if repair:
        remote.backend.clear("")
    found = check.check(remote, data=True, full=full, progress=progress)
    if not repair or not found.problems:
        return found.problems, 0
    told, mended = [], 0
    try:
        mended = push(place, ["--branches", "--tags"], (), name, progress, found.bad).mended
    except DataMissing as error:
        told = [f"{error} ({error.hint})"]
    left = check.check(remote, data=False, known=found.bad, progress=progress).problems
    return [*left, *told] if left else [], mended


class _Where(NamedTuple):
    """A version of a pointer in history."""

    path: bytes
    commit: str

    @property
    def told(self) -> bytes:
        return self.path + b" in commit " + self.commit[:12].encode()


def _needs(pointers: Mapping[str, _Where], texts: Texts) -> Iterator[Need]:
    for oid, where in pointers.items():
        with contextlib.suppress(BadPointer):  # told when it is checked
            yield Need(where.path, pointer_files.parse(where.path, texts.beginning(oid)))


def _pointers(place: Workspace) -> tuple[Texts, dict[str, _Where]]:
    """The texts of all versions, and where they are, by object id."""
    where = {item.oid: _Where(item.path, item.commit) for item in git_pointers.introduced(place.git, ["--all"], [])}
    return Texts(place.git, dict.fromkeys(where, git_pointers.LIMIT)), where


def _served(store: Store, where: bytes, text: bytes) -> bool:
    try:
        value = pointer_files.parse(where, text)
        if value.listing is not None:
            return _has(store, value.listing.values())
        parts = pointer_files.agreeing(value, unfold(value.root(), store.tree))
        found = [_has(store, (entry for part in few for _name, entry in part.entries)) for few in together(parts)]
        return all(found)
    except DataMissing:
        return False


def _has(store: Store, entries: Iterable[Entry]) -> bool:
    ids = {entry.id for entry in entries if entry.kind != "dir"}
    return store.has(ids) == ids
