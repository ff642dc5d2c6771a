"""Origins: the commits that changed a file, and what each took it from: what git-blame(1) goes through."""

from collections.abc import Iterator
from typing import NamedTuple

from gitdata.errors import DataMissing
from gitdata.formats.tree import Entry
from gitdata.git.graph import Commit
from gitdata.ops.history.inside import Inside, is_known
from gitdata.ops.history.renames import Renames
from gitdata.ops.history.timeline import Held, Timeline
from gitdata.ops.versions.source import File
from gitdata.values import frozen
from gitdata.wording import shown


class Place(NamedTuple):
    """A path in a commit."""

    commit: str
    path: bytes


@frozen
class Origin:
    """A version of the file that is as in no parent of its commit."""

    commit: Commit
    file: File
    parents: tuple[Place, ...]  # the versions that it was made from


def origins(line: Timeline, renames: Renames, tip: str, inside: Inside) -> dict[Place, Origin]:
    """All versions of the file of `line` in the history of `tip`, each after those that it was made from.

    Raises `DataMissing` when that cannot be told without trees that are not here.
    """
    lines = {line.paths[0]: line}
    top = _origin(lines, renames, Place(tip, line.paths[0]))
    found: dict[Place, Origin] = {}
    pending: list[tuple[Place, bool]] = [(top, False)]
    made: dict[Place, Origin] = {}
    while pending:
        place, done = pending.pop()
        if place in found:
            continue
        if done:
            found[place] = made[place]
            continue
        if place in made:
            continue
        made[place] = _made(lines, renames, place, inside)
        pending.append((place, True))
        pending += [(parent, False) for parent in made[place].parents]
    return found


def _made(lines: dict[bytes, Timeline], renames: Renames, place: Place, inside: Inside) -> Origin:
    line = lines[place.path]
    commit = line.graph.commits[place.commit]
    held = _held(line, place)
    above = [Place(parent, place.path) for parent in commit.parents if _entry(line, Place(parent, place.path))]
    parents = dict.fromkeys(_origin(lines, renames, one) for one in above)
    if held.entry is None:
        raise ValueError(f"nothing at {place}")
    need = inside.need(held.pointer, held.oid, held.entry)
    return Origin(commit, File(place.path, held.entry, need), tuple(parents))


def _origin(lines: dict[bytes, Timeline], renames: Renames, place: Place) -> Place:
    """The commit that made the version that is at `place`: parents that have the same are gone through."""
    while True:
        following = next(_alike(lines, renames, place), None)
        if following is None:
            return place
        place = following


def _alike(lines: dict[bytes, Timeline], renames: Renames, place: Place) -> Iterator[Place]:
    line = lines[place.path]
    entry = _entry(line, place)
    parents = [Place(parent, place.path) for parent in line.graph.commits[place.commit].parents]
    if entry is None:
        return
    for parent in parents:
        there = _entry(line, parent)
        if there is not None and there.id == entry.id:
            yield parent
    for parent in parents:
        if _entry(line, parent) is None:
            source = renames.path_before(line, place.commit, parent.commit)
            if source is not None:
                lines.setdefault(source, renames.line(source))
                yield Place(parent.commit, source)


def _held(line: Timeline, place: Place) -> Held:
    held = line.held(place.commit, place.path)
    if held is None or not is_known(held.entry):
        raise DataMissing(
            f"which version of {shown(place.path)} commit {place.commit[:12]} has is not known in this clone",
            "leave out `--offline`, or bring it with `git data fetch REVISION`",
        )
    return held


def _entry(line: Timeline, place: Place) -> Entry | None:
    """The file at a place; None where there is none, or a directory."""
    if line.held(place.commit, place.path) is None:
        return None
    entry = _held(line, place).entry
    return None if entry is None or entry.kind == "dir" else entry
