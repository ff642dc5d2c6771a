"""What is wanted of a remote."""

from dataclasses import dataclass

from gitdata.formats.pointer import Pointer


@dataclass(frozen=True, slots=True)
class Need:
    """A pointer whose data is wanted, and where it stands."""

    path: bytes  # of the pointer file, relative to the top
    value: Pointer
