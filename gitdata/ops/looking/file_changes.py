"""File changes: what differs between the last commit, what is recorded and the work tree, moved files as one change."""

import contextlib
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Literal, NamedTuple

from gitdata.descent import Descent
from gitdata.errors import FileChanging, Unreadable
from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.store.signature import Signature, signature
from gitdata.store.sources import WorkFile, hash_sources
from gitdata.values import frozen
from gitdata.worktree.data_root import DataRoot
from gitdata.worktree.entries import EMPTY_DIRECTORY, link_entry
from gitdata.worktree.glance import Budget
from gitdata.worktree.statcache import Lookup
from gitdata.worktree.state import State

UNREAD = BlobId(bytes(32))
"""In place of an id: nobody has read the content."""

Kind = Literal["added", "modified", "deleted", "renamed"]


@frozen
class Change:
    """One file that differs from the last commit."""

    kind: Kind
    path: bytes  # relative to the top of the work tree
    size: int  # bytes now; of what was deleted: bytes before
    recorded: Kind | None = None  # what the pointer that is recorded, but not committed, has of it
    edited: Kind | None = None  # what was done to it since
    was: bytes | None = None  # its path before, of what was renamed


class Differing(NamedTuple):
    """A path at which one of three versions is another one."""

    path: bytes  # relative to the top
    was: Entry | None  # in the last commit
    then: Entry | None  # as it is recorded
    now: Entry | None  # in the work tree; its id is `UNREAD` where it was edited since


Pairs = Mapping[bytes, bytes]
"""The paths before of files that were moved, by their new ones."""


def differing(committed: Listing, recorded: Listing, here: Listing, prefix: bytes) -> Iterator[Differing]:
    """What differs between three listings of one data root, by path; `prefix` is put before each."""
    for path in sorted(committed.keys() | recorded.keys() | here.keys()):
        was, then, now = committed.get(path), recorded.get(path), here.get(path)
        if not was == then == now:
            yield Differing(prefix + b"/" + path if path else prefix, was, then, now)


def moved_recorded(found: Iterable[Differing]) -> Pairs:
    """The files that went from one path to another between the last commit and what is recorded: equal ids."""
    gone: defaultdict[tuple[BlobId, bool], list[bytes]] = defaultdict(list)
    new: list[tuple[bytes, tuple[BlobId, bool]]] = []
    for one in found:
        if one.then is None and one.was is not None and one.was.kind != "dir":
            gone[one.was.id, one.was.kind == "link"].append(one.path)
        elif one.was is None and one.then is not None and one.then.kind != "dir":
            new.append((one.path, (one.then.id, one.then.kind == "link")))
    return _paired(gone, new)


def _paired(gone: Mapping[tuple[BlobId, bool], list[bytes]], new: list[tuple[bytes, tuple[BlobId, bool]]]) -> Pairs:
    """Each new path with one that is gone and had the same content; of several the one with the same name is."""
    pairs: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    for exact in (True, False):
        for path, content in new:
            for old in gone.get(content, ()) if path not in pairs else ():
                if old not in taken and (not exact or _name(old) == _name(path)):
                    pairs[path] = old
                    taken.add(old)
                    break
    return pairs


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


@frozen
class Searched:
    """Where moved files of a work tree are looked for."""

    top: bytes
    state: State
    budget: Budget  # what may be read for it
    root_of: Callable[[bytes], DataRoot | None]  # the data root in which a path lies


def moved_since(at: Searched, found: Iterable[Differing]) -> Pairs:
    """The files that went from one path to another since they were recorded, as far as that is cheap to prove.

    It is proven by the stat data with which a file was last known (all but the time at which it was renamed), or
    by its content, as long as the bytes to read stay within the budget.
    """
    gone: defaultdict[int, list[tuple[bytes, Entry]]] = defaultdict(list)
    new: defaultdict[int, list[tuple[bytes, Entry]]] = defaultdict(list)
    for one in found:
        if one.now is None and one.then is not None and one.then == one.was and one.then.kind != "dir":
            gone[one.then.size].append((one.path, one.then))
        elif one.was is None and one.then is None and one.now is not None and one.now.kind != "dir":
            new[one.now.size].append((one.path, one.now))
    contents: defaultdict[tuple[BlobId, bool], list[bytes]] = defaultdict(list)
    named: list[tuple[bytes, tuple[BlobId, bool]]] = []
    lookup, down = cache(at.state.lookup), Descent(at.top)
    for size in gone.keys() & new.keys():
        for path, entry in gone[size]:
            contents[entry.id, entry.kind == "link"].append(path)
        links = [path for path, entry in new[size] if entry.kind == "link"]
        files = [path for path, entry in new[size] if entry.kind != "link"]
        named += [(path, (link_entry(down, path).id, True)) for path in _there(down, links)]
        named += [(path, (content, False)) for path, content in _contents(at, files, gone[size], lookup)]
    return _paired(contents, sorted(named))


def _there(down: Descent, links: Iterable[bytes]) -> Iterator[bytes]:
    for path in links:
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(down.status(path).st_mode):
                yield path


def _contents(
    at: Searched, paths: Iterable[bytes], gone: Iterable[tuple[bytes, Entry]], lookup: Callable[[bytes], Lookup]
) -> Iterator[tuple[bytes, BlobId]]:
    """What some new files hold, where they are known or may be read."""
    known: dict[Signature, BlobId] = {}
    for path, _entry in gone:
        root = at.root_of(path)
        row = lookup(root.pointer).get(path[len(root.path) + 1 :]) if root is not None else None
        if row is not None:
            known[_apart_from_its_name(Signature(*row[0]))] = BlobId(row[1])
    down = Descent(at.top)
    sources: list[WorkFile] = []
    for path in paths:
        try:
            seen = signature(down.status(path))
        except OSError:
            continue
        if (content := known.get(_apart_from_its_name(seen))) is not None:
            yield path, content
        elif seen.size <= at.budget.left:
            at.budget.left -= seen.size
            sources.append(WorkFile(down, path, path, seen.size))
    try:
        for source, blob, _size, _seen in hash_sources(sources) if sources else ():
            yield source.name, blob
    except (FileChanging, Unreadable):
        return  # it is a new file then


def _apart_from_its_name(seen: Signature) -> Signature:
    """The stat data without the time that a rename changes."""
    return seen._replace(ctime_ns=0)


def as_changes(found: Iterable[Differing], recorded: Pairs, since: Pairs) -> Iterator[Change]:
    """In words, in the order of the paths; a file that was moved is one change, at its new path."""
    sources = {*recorded.values(), *since.values()}
    for one in found:
        was, then, now = one.was, one.then, one.now
        before = recorded.get(one.path) or since.get(one.path)
        entry = now or was or then or EMPTY_DIRECTORY
        size = entry.size if entry.kind != "dir" else 0
        first, second = _kind(was, then), _kind(then, now)
        if before is not None:
            first = "renamed" if one.path in recorded else None
            second = "renamed" if first is None else second
            yield Change("deleted" if now is None else "renamed", one.path, size, first, second, before)
        elif one.path not in sources:
            yield Change(_kind(was, now) or "modified", one.path, size, first, second)
        elif now is not None:  # something else has come to where it was
            yield Change("added", one.path, size, None, "added")


def _kind(was: Entry | None, now: Entry | None) -> Kind | None:
    if was == now:
        return None
    return "added" if was is None else "deleted" if now is None else "modified"
