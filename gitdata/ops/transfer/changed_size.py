"""Changed size: how large the files are in which versions differ from those before them."""

from collections.abc import Iterable

from gitdata.errors import BadFormat, DataCorrupt, DataMissing
from gitdata.formats.additions import additions
from gitdata.formats.pointer import Pointer
from gitdata.ids import RootId
from gitdata.store.database import batches
from gitdata.store.store import Store

_TOGETHER = 20_000  # blobs


def changed_size(store: Store, versions: Iterable[tuple[Pointer, RootId | None]]) -> int:
    """The bytes of all files that these versions have and the one before, which is named with each, has not.

    0 when the trees of one are not here, which would tell.
    """
    total = 0
    for value, before in versions:
        root = value.root()
        if before is None or (value.listing is not None and b"" in value.listing):
            total += value.size
            continue
        try:
            added = additions(before, root, store.tree).added
        except (BadFormat, DataCorrupt, DataMissing):
            return 0
        for few in batches(added, _TOGETHER):
            total += sum(store.sizes(few).values())
    return total
