"""One tracked directory or file of a work tree: where it is, and where its pointer is."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataRoot:
    """One tracked directory or file of a work tree."""

    top: bytes  # absolute path of the work tree
    path: bytes  # of the data, relative to the top, `/`-separated
    pointer: bytes  # of the pointer file, relative to the top

    @property
    def full(self) -> bytes:
        """The absolute path of the data."""
        return os.path.join(self.top, self.path)

    @property
    def pointer_full(self) -> bytes:
        """The absolute path of the pointer file."""
        return os.path.join(self.top, self.pointer)
