"""In Git: pointers of a long history, each of which is read again where it is asked for.

A pointer that lists a thousand files takes a third of a megabyte in memory, and a history may have thousands of them.
"""

from collections.abc import Callable

from gitdata.formats import pointer
from gitdata.formats.pointer import Form, Pointer
from gitdata.ids import RootId
from gitdata.values import frozen


class Pointers:
    """Pointers by the object ids (hex) of their texts; the last one that was asked for is kept."""

    def __init__(self, text: Callable[[str], bytes]) -> None:
        self._text = text
        self._last: tuple[str, Pointer] | None = None

    def __getitem__(self, oid: str) -> Pointer:
        """Raises `BadPointer` for a damaged one."""
        if self._last is None or self._last[0] != oid:
            self._last = None  # before another takes its place
            self._last = oid, pointer.parse(self._text(oid))
        return self._last[1]


@frozen
class InGit:
    """A pointer that lists its files, as long as nobody asks which."""

    pointers: Pointers
    oid: str

    @property
    def value(self) -> Pointer:
        """The pointer itself."""
        return self.pointers[self.oid]

    @property
    def form(self) -> Form:
        """As of any pointer, without reading it."""
        return "listing"

    @property
    def tree_root(self) -> RootId | None:
        """As of any pointer, without reading it."""
        return None


def kept(pointers: Pointers, oid: str) -> Pointer | InGit:
    """What to keep of a pointer for later; raises `BadPointer` for a damaged one."""
    value = pointers[oid]
    return InGit(pointers, oid) if value.form == "listing" else value
