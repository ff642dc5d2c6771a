"""What is wanted of a remote."""

from gitdata.formats.pointer import Pointer
from gitdata.values import frozen


@frozen
class Need:
    """A pointer whose data is wanted, and where it stands."""

    path: bytes  # of the pointer file, relative to the top
    value: Pointer
