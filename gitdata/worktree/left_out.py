"""What a version has outside of the part that a work tree takes, asked for in the order of the paths."""

from collections.abc import Callable, Iterable, Iterator

from gitdata.formats.pointer import Pointer
from gitdata.formats.tree import Entry
from gitdata.formats.unfolding import unfold
from gitdata.store.store import Store
from gitdata.worktree.glance import in_order, unfolded
from gitdata.worktree.pointer_files import agreeing


def entries_of(value: Pointer, store: Store) -> Iterator[tuple[bytes, Entry]]:
    """What a version has, in the order of the paths; directories that are empty as `a/`. Raises `DataMissing`."""
    if value.listing is not None:
        return in_order(value.listing)
    return unfolded(agreeing(value, unfold(value.root(), store.tree)))


class LeftOut:
    """The entries of a version beside a walk over the work tree; those that are not here and no edit are given."""

    def __init__(self, entries: Iterable[tuple[bytes, Entry]], left_out: Callable[[bytes, Entry], bool]) -> None:
        self._left_out = left_out
        self._entries = iter(entries)
        self._next = next(self._entries, None)

    def before(self, key: bytes) -> Iterator[tuple[bytes, Entry]]:
        """Those before `key`, a path at which the walk has found something (of an empty directory with a slash)."""
        while self._next is not None and self._next[0] < key:
            yield from self._taken()
        if self._next is not None and self._next[0] == key:
            self._next = next(self._entries, None)

    def below(self, prefix: bytes) -> Iterator[tuple[bytes, Entry]]:
        """Those whose paths begin with `prefix`: a directory in which the walk has found nothing."""
        while self._next is not None and self._next[0].startswith(prefix):
            yield from self._taken()

    def rest(self) -> Iterator[tuple[bytes, Entry]]:
        """Those that are left when the walk has ended."""
        while self._next is not None:
            yield from self._taken()

    def _taken(self) -> Iterator[tuple[bytes, Entry]]:
        found, self._next = self._next, next(self._entries, None)
        if found is not None and self._left_out(found[0].removesuffix(b"/"), found[1]):
            yield found
