"""Similar: files that are gone and new ones that have much of their bytes, told as renamed.

What the store knows decides: of files in more than one chunk the chunks that both have, without reading any. Of small
ones the contents are compared where they are here, line by line as Git does it.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from gitdata.errors import DataCorrupt, DataMissing, FileChanging
from gitdata.ops.looking.diff import Diff
from gitdata.ops.versions.changes import UNREAD, Change
from gitdata.ops.versions.source import File, Source
from gitdata.store import parts
from gitdata.values import frozen, replace

SMALL = 1 << 20  # bytes of files that are compared by content
_SPAN = 64  # bytes of a line, or of what has none, that are compared as one
_Parts = Counter[bytes]  # bytes by what has them: lines or chunks


@frozen
class Renamed:
    """A diff with renamed files."""

    diff: Diff
    left_out: tuple[int, int] | None  # so many deleted and added files were too many to compare


def find_renames(source: Source, found: Diff, *, least: float = 0.5, limit: int = 1000) -> Renamed:
    """Pair files that are gone with new ones that share at least `least` of their bytes, the most similar first.

    With `limit` (0: none) nothing is compared when more than its square of pairs could be meant. Nothing is fetched.
    """
    gone = [
        one.before for one in found.changes if one.before is not None and one.after is None and _is_file(one.before)
    ]
    new = [one.after for one in found.changes if one.after is not None and one.before is None and _is_file(one.after)]
    gone, new = _of_like_sizes(gone, new, least)
    if not gone or not new or least >= 1:
        return Renamed(found, None)
    if limit and len(gone) * len(new) > limit * limit:
        return Renamed(found, (len(gone), len(new)))
    scores: list[tuple[float, bool, bytes, bytes]] = []
    for read in (_content, _chunks):
        scores += _scores(source, found, gone, new, least, read)
    pairs: dict[bytes, tuple[bytes, float]] = {}
    taken: set[bytes] = set()
    for score, _named, old, now in sorted(scores, key=lambda one: (-one[0], not one[1], one[2], one[3])):
        if old not in taken and now not in pairs:
            pairs[now] = old, score
            taken.add(old)
    before = {one.path: one.before for one in found.changes if one.path in taken and one.after is None}
    changes = tuple(
        Change(before[pairs[one.path][0]], one.after) if one.before is None and one.path in pairs else one
        for one in found.changes
        if not (one.after is None and one.path in taken)
    )
    similar = {now: int(score * 100) for now, (_old, score) in pairs.items()}
    return Renamed(replace(found, changes=changes, similar=similar), None)


def _is_file(file: File) -> bool:
    return file.entry.kind in ("file", "exec") and file.entry.size > 0


def _of_like_sizes(gone: list[File], new: list[File], least: float) -> tuple[list[File], list[File]]:
    """Without those that differ too much in their sizes from all of the others."""

    def like(some: Sequence[File], others: Sequence[File]) -> list[File]:
        sizes = sorted(file.entry.size for file in others)
        kept = []
        for file in some:
            place = bisect_left(sizes, file.entry.size * least)
            if place < len(sizes) and sizes[place] * least <= file.entry.size:
                kept.append(file)
        return kept

    return like(gone, new), like(new, gone)


def _scores(
    source: Source,
    found: Diff,
    gone: Sequence[File],
    new: Sequence[File],
    least: float,
    read: Callable[[Source, Diff, File], _Parts | None],
) -> Iterator[tuple[float, bool, bytes, bytes]]:
    """How much of their bytes files have in common, where that is enough."""
    having: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)  # of gone files, by number, and bytes
    for number, file in enumerate(gone):
        for part, size in (read(source, found, file) or {}).items():
            having[part].append((number, size))
    for file in new if having else ():
        common: Counter[int] = Counter()
        for part, size in (read(source, found, file) or {}).items():
            for number, there in having.get(part, ()):
                common[number] += min(size, there)
        for number, size in common.items():
            score = size / max(file.entry.size, gone[number].entry.size)
            if score >= least:
                yield min(score, 0.99), _name(gone[number]) == _name(file), gone[number].path, file.path


def _name(file: File) -> bytes:
    return file.path.rpartition(b"/")[2]


def _content(source: Source, found: Diff, file: File) -> _Parts | None:
    """What a small file has in its lines; None of one that is not here or not small."""
    if file.entry.size > SMALL:
        return None
    try:
        content = b"".join(found.stream(source.here, file)) if _is_here(source, found, file) else None
    except (DataCorrupt, DataMissing, FileChanging):
        return None
    return _counted(_spans(content)) if content is not None else None


def _is_here(source: Source, found: Diff, file: File) -> bool:
    return found.in_work_tree(file) or bool(source.store.has([file.entry.id]))


def _spans(content: bytes) -> Iterator[bytes]:
    for line in content.splitlines(keepends=True):
        yield from (line[start : start + _SPAN] for start in range(0, len(line), _SPAN))


def _counted(spans: Iterable[bytes]) -> _Parts:
    counted: _Parts = Counter()
    for span in spans:
        counted[span] += len(span)
    return counted


def _chunks(source: Source, _found: Diff, file: File) -> _Parts | None:
    """What a large file has in its chunks; None where the store does not know them."""
    if file.entry.id == UNREAD or file.entry.size <= SMALL:
        return None
    layout = parts.layout(source.store, file.entry.id)
    if layout is None:
        return None
    counted: _Parts = Counter()
    for piece in layout:
        counted[piece.chunk] += piece.length
    return counted
