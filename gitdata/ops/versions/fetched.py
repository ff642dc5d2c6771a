"""Fetched: what a command has fetched, so that it says so in one line when it ends."""

from gitdata.values import field, mutable
from gitdata.wording import count, shown
from gitdata.wording import size as told_size


@mutable
class Fetched:
    """What came, and from where."""

    origin: str = ""  # the name of the data remote
    files: int = 0
    size: int = 0  # bytes of these files
    listings: int = 0
    parts: dict[bytes, int] = field(default_factory=dict)  # bytes over the wire of files of which only a part came

    @property
    def line(self) -> str:
        """It for people; empty when nothing was fetched."""
        told = [
            *([f"{count(self.files, 'file')} ({told_size(self.size)})"] if self.files else []),
            *(f"{told_size(number)} of {shown(path)}" for path, number in self.parts.items()),
            *([count(self.listings, "folder listing")] if self.listings else []),
        ]
        return f"fetched {' and '.join(told)} from {self.origin}" if told else ""
