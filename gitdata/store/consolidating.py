"""Consolidation: many small packs, of a commit each, are put together when a command that has added some ends.

A store of few packs is opened, looked through and sent faster. One run copies what fits into one pack.
"""

from gitdata import durable
from gitdata.errors import GitDataError
from gitdata.store.locks import pruning_lock
from gitdata.store.store import Store
from gitdata.store.thinning import rewrite

SMALL = 1 << 20  # bytes
_MANY = 50  # small packs that may be
_TOGETHER = 48 << 20  # bytes that are copied at most


def consolidate(store: Store) -> None:
    """Put the oldest small packs together if there are many; nothing happens while others need them as they are."""
    small = [(pack, length) for pack, length in store.packs().items() if length < SMALL]
    if len(small) <= _MANY:
        return
    chosen, size = [], 0
    for pack, length in small:
        if size + length <= _TOGETHER:
            chosen.append(pack)
            size += length
    try:
        with durable.lock(pruning_lock(store.directory), wait=False):
            rewrite(store, chosen, None)
    except (GitDataError, OSError):
        return  # locked, or no room; what was copied by then lies in the store twice, and `git data prune` removes one
