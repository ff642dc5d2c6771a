"""Tell scripts: what a complete look at the data tells the scripts that Git calls."""

from collections.abc import Iterable, Sequence

from gitdata.errors import UsageError
from gitdata.formats import pointer
from gitdata.formats.quoting import quote
from gitdata.git import ignore
from gitdata.git.objects import blob_id
from gitdata.ops.patterns.large_in_git import limit
from gitdata.workspace import Workspace


def all_seen(place: Workspace, pointers: Iterable[bytes], started_ns: int) -> None:
    """Pointers and data of `pointers` agree, and of no others, as of a look that began at `started_ns`."""
    paths = list(pointers)
    roots = [pointer.data_path(path) for path in paths]
    all_recorded(place, paths)  # first: what was true of the last look must not be taken for true of this one
    place.state.set_looked(roots, started_ns, ruled=ignore.above(place.repository.top, roots))


def all_recorded(place: Workspace, pointers: Iterable[bytes]) -> None:
    """A commit has nothing to do for the data of `pointers`, if they are in the index as they are, and no others."""
    place.state.set_recorded(_entries(place, sorted(pointers)))


def _entries(place: Workspace, paths: Sequence[bytes]) -> bytes | None:
    """What `git ls-files -s` has to print of the pointers.

    Above it stands the size above which a file is too large for Git, in bytes, or 0. None when not all that
    they name is stored, or when a name is not printed as it is.
    """
    sha256 = place.config.get("extensions.objectformat") == "sha256"
    try:
        lines = [b"%d" % limit(place)]
    except UsageError:
        return None  # a commit says so
    for path in paths:
        text, edits = place.state.base(path), place.state.edits(path)
        if edits is not None and not edits.recorded:
            return None  # they are to be recorded
        if text is None or quote(path) != path or not place.state.served(path, text):
            return None
        lines.append(b"100644 %s 0\t%s" % (blob_id(text, sha256=sha256).encode(), path))
    return b"".join(line + b"\n" for line in lines)
