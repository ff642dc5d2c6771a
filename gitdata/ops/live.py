"""Live status: what a complete look at the data tells the fsmonitor script."""

from collections.abc import Iterable

from gitdata.formats import pointer
from gitdata.git import ignore
from gitdata.workspace import Workspace


def all_seen(place: Workspace, pointers: Iterable[bytes], started_ns: int) -> None:
    """Pointers and data of `pointers` agree, and of no others, as of a look that began at `started_ns`."""
    roots = [pointer.data_path(path) for path in pointers]
    place.state.set_live(roots, started_ns, ruled=any(ignore.ruled(place.repository.top, root) for root in roots))
