"""Three-way decisions, file by file, over listings: pure, so that every rule can be read and tested here."""

from collections.abc import Iterable

from gitdata.formats.names import parents
from gitdata.formats.tree import Entry, Listing
from gitdata.values import frozen


@frozen
class Changes:
    """What turns the work tree into the target."""

    write: Listing  # path -> what to put there
    delete: dict[bytes, Entry]  # path -> what is there now
    overwritten: dict[bytes, Entry]  # what is there now, for the paths of `write` that exist
    kept: list[bytes]  # local edits that stay, target equals base
    conflicts: list[bytes]  # local edits that stay although the target wants something else


def decide(base: Listing | None, here: Listing, target: Listing, *, force: bool = False) -> Changes:
    """What to do with every path, given what it was (`base`, None: unknown), is (`here`) and shall be.

    Unchanged here: take the target. Changed here and the target equals the base: keep. Changed on
    both sides and different: keep and report, or take the target when forced. What no version has
    recorded is never deleted.
    """
    write: Listing = {}
    delete: dict[bytes, Entry] = {}
    overwritten: dict[bytes, Entry] = {}
    kept: list[bytes] = []
    conflicts: list[bytes] = []
    before = base or {}
    for path in before.keys() | here.keys() | target.keys():
        was, now, shall = before.get(path), here.get(path), target.get(path)
        if now == shall:
            continue
        if now == was or (force and (was is not None or shall is not None)):
            if shall is not None:
                write[path] = shall
                if now is not None:
                    overwritten[path] = now
            elif now is not None:
                delete[path] = now
        elif was == shall:
            kept.append(path)
        elif now is None and base is not None and was is not None:
            # Deleted here, changed there: as in Git, content beats absence.
            conflicts.append(path)
        elif shall is None and base is None:
            kept.append(path)  # nobody knows it was ever ours to delete
        else:
            conflicts.append(path)
    changes = Changes(write, delete, overwritten, sorted(kept), sorted(conflicts))
    return _without_clashes(changes, here)


def resumed(base: Listing | None, aims: Iterable[Listing], here: Listing) -> Listing:
    """What counts as the base of data that was on its way to the `aims` and did not get there.

    Where it is as one of them says, or as the base, it is ours to replace; whatever else is here is an edit.
    """
    before = dict(base or {})
    above = parents(before)
    for aim in aims:
        above |= parents(aim)
        for path in before.keys() | aim.keys() | here.keys():
            now = here.get(path)
            if now == aim.get(path) != before.get(path):
                _is_now(before, path, now)
    for path, now in here.items():
        if now.kind == "dir" and path in above:  # made for files that never came, or those in it are gone
            _is_now(before, path, now)
    return before


def _is_now(listing: Listing, path: bytes, entry: Entry | None) -> None:
    if entry is None:
        listing.pop(path, None)
    else:
        listing[path] = entry


def _without_clashes(changes: Changes, here: Listing) -> Changes:
    """Do not write a file where a directory with kept files is, nor below a kept file.

    An empty directory gives way by itself; what stays of `here` decides.
    """
    stays = {path for path, entry in here.items() if path not in changes.delete and entry.kind != "dir"}
    stays -= changes.write.keys()
    occupied = parents(stays)
    if occupied.isdisjoint(changes.write) and stays.isdisjoint(parents(changes.write)):
        return changes
    blocked = [
        path
        for path, entry in changes.write.items()
        if (path in occupied and entry.kind != "dir") or any(parent in stays for parent in parents([path]))
    ]
    if not blocked:
        return changes
    write = {path: entry for path, entry in changes.write.items() if path not in set(blocked)}
    # A deletion whose replacement is blocked would only lose what is there.
    delete = {path: entry for path, entry in changes.delete.items() if not _related(path, blocked)}
    return Changes(write, delete, changes.overwritten, changes.kept, sorted([*changes.conflicts, *blocked]))


def _related(path: bytes, others: Iterable[bytes]) -> bool:
    return any(path.startswith(other + b"/") or other.startswith(path + b"/") for other in others)
