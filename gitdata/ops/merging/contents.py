"""Contents: files that both sides changed, merged line by line where they are text, and put into the store."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from gitdata.contents.key_merge import BY_KEY
from gitdata.contents.ordered import CannotMerge
from gitdata.contents.row_merge import DELIMITERS, merge_table
from gitdata.errors import GitDataError
from gitdata.formats.pointer import data_path
from gitdata.formats.tree import Entry, Listing
from gitdata.git import content_merge
from gitdata.git.content_merge import HEAD_BYTES, BothChanged, Labels, Rule, Version
from gitdata.ops.transfer.need import Need
from gitdata.ops.transfer.obtain import Supply
from gitdata.ops.versions.row_keys import proposed_key
from gitdata.store.scratch import scratch
from gitdata.store.store import Store
from gitdata.values import field, frozen, mutable, replace
from gitdata.workspace import Workspace

_LIMIT = 64 << 20  # bytes of a file that is merged, unless configured
_TOGETHER = 128 << 20  # bytes of the versions that Git is handed in one go
_FILES_TOGETHER = 1000
_STRUCTURED = 8 << 20  # bytes of a version that is taken apart into rows or keys, in memory

Versions = tuple[Entry | None, Entry, Entry]
"""A file in the ancestor (None: both sides added it), on our side and on theirs."""


@frozen
class Way:
    """How the merge is asked for."""

    labels: Labels = Labels()
    deeper: int = 0  # characters by which markers are longer: ancestors of a criss-cross history are merged

    @property
    def among_ancestors(self) -> bool:
        """Whether what comes out is an ancestor for another merge, and nobody's work."""
        return self.deeper > 0


@mutable
class Contents:
    """What became of files that both sides changed. Those that are in neither are conflicts as a whole."""

    merged: Listing = field(default_factory=dict)
    marked: dict[bytes, tuple[Entry, int]] = field(default_factory=dict)  # in conflict, with markers of this length
    structured: dict[bytes, str] = field(default_factory=dict)  # of those merged: by what, where lines did not do
    reason: GitDataError | None = None  # why some could not be looked at


def merge_contents(
    place: Workspace, supply: Supply, needs: Sequence[Need], files: Mapping[bytes, Versions], way: Way
) -> Contents:
    """Merge the contents of `files` (paths below the root of the pointer that all `needs` are versions of).

    What comes out is in the store when this returns. What is missing is fetched in one batch; where that fails, or
    Git cannot merge, the files are left as conflicts and `reason` says why.
    """
    done = Contents()
    try:
        for some in _together(_texts(place, supply, needs, files, way)):
            _merge(place, supply.store, some, way, done)
    except GitDataError as error:
        done.reason = error
    return done


def _texts(
    place: Workspace, supply: Supply, needs: Sequence[Need], files: Mapping[bytes, Versions], way: Way
) -> Iterator[tuple[bytes, BothChanged]]:
    """Those of `files` that may be merged, by name and attributes, size and content."""
    limit = place.config.integer("gitdata.mergeLimit", _LIMIT)
    small = {
        path: entries
        for path, entries in files.items()
        if all(entry is None or (entry.kind in ("file", "exec") and entry.size <= limit) for entry in entries)
    }
    data = data_path(needs[0].path) if needs[0].path.endswith(b".gitdata") else needs[0].path
    names = [data + (b"/" + path if path else b"") for path in small]
    found = zip(small.items(), names, content_merge.rules(place.git, names), strict=True)
    wanted = [(path, entries, name, _asked(place, rule, way)) for (path, entries), name, rule in found]
    wanted = [item for item in wanted if not item[3].whole]
    supply.of_versions(needs, [entry for _path, entries, _name, _rule in wanted for entry in entries if entry])
    for path, entries, name, rule in wanted:
        base, ours, theirs = (entry and _version(supply.store, entry) for entry in entries)
        if ours is None or theirs is None or not supply.store.has(entry.id for entry in entries if entry):
            continue
        by_itself = place.config.get(f"merge.{rule.driver}.driver") is None
        if by_itself and any(version is not None and _is_binary(version) for version in (base, ours, theirs)):
            continue
        yield path, BothChanged(name, rule, base, ours, theirs)


def _asked(place: Workspace, rule: Rule, way: Way) -> Rule:
    """The rule for this merge: markers of ancestors are longer, and a driver may name another one for them."""
    other = place.config.get(f"merge.{rule.driver}.recursive") if way.among_ancestors and rule.driver else None
    return replace(rule, driver=other or rule.driver, marker_size=rule.marker_size + way.deeper)


def _version(store: Store, entry: Entry) -> Version:
    return Version(entry.kind == "exec", entry.size, partial(store.stream, entry.id, entry.size))


def _is_binary(version: Version) -> bool:
    head = b""
    for part in version.parts():
        head += bytes(part[:HEAD_BYTES])
        if len(head) >= HEAD_BYTES:
            break
    return b"\0" in head[:HEAD_BYTES]


def _together(files: Iterator[tuple[bytes, BothChanged]]) -> Iterator[dict[bytes, BothChanged]]:
    """Some files at a time, so that their number takes no memory."""
    some: dict[bytes, BothChanged] = {}
    size = 0
    for path, file in files:
        some[path] = file
        size += sum(version.size for version in (file.base, file.ours, file.theirs) if version is not None)
        if size >= _TOGETHER or len(some) >= _FILES_TOGETHER:
            yield some
            some, size = {}, 0
    if some:
        yield some


def _merge(place: Workspace, store: Store, files: dict[bytes, BothChanged], way: Way, done: Contents) -> None:
    settings = {key: values[-1] for key, values in place.config.values.items() if key.startswith("merge.")}
    with scratch(store.directory) as directory:
        found = content_merge.merge_files(place.git, directory, list(files.values()), way.labels, settings)
    with store.ingest() as ingest:
        for (path, file), merged in zip(files.items(), found, strict=True):
            if merged.content is None:
                continue
            structured = None if merged.clean else _by_structure(place, file)
            content = merged.content if structured is None else structured.content
            entry = Entry("exec" if merged.executable else "file", len(content), ingest.add(content))
            if structured is not None:
                done.structured[path] = structured.how
            if merged.clean or structured is not None:
                done.merged[path] = entry
            else:
                done.marked[path] = entry, file.rule.marker_size


@frozen
class _Structured:
    """A file that was merged by what is in it."""

    content: bytes
    how: str


def _by_structure(place: Workspace, file: BothChanged) -> _Structured | None:
    """The merge by rows or keys of a file whose lines are in conflict; None where that does not do either.

    Only where attributes say nothing: `merge=text` means lines and no more.
    """
    versions = (file.base, file.ours, file.theirs)
    ending = file.path.rpartition(b"/")[2].rpartition(b".")[2].lower()
    if file.rule.driver or file.base is None or not (ending in DELIMITERS or ending in BY_KEY):
        return None
    if len({version.executable for version in versions if version}) > 1:  # what is in conflict may be the mode
        return None
    if any(version is not None and version.size > _STRUCTURED for version in versions):
        return None
    base, ours, theirs = (b"" if version is None else b"".join(version.parts()) for version in versions)
    try:
        if ending in BY_KEY:
            return _Structured(BY_KEY[ending](base, ours, theirs), "key by key")
        return _Structured(
            merge_table(base, ours, theirs, ending, file.rule.key or _proposed(place, file.path)), "row by row"
        )
    except CannotMerge:
        return None


def _proposed(place: Workspace, path: bytes) -> tuple[bytes, ...]:
    """The key that `.gitdata.toml` names; none where that file cannot be read, perhaps because it is being merged."""
    try:
        return tuple(map(os.fsencode, proposed_key(place, path)))
    except GitDataError:
        return ()
