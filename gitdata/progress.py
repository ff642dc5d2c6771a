"""How work reports that it goes on, without knowing who looks."""

from typing import Protocol


class Progress(Protocol):
    """Told from any thread; never raises."""

    def start(self, what: str, total: int) -> None:
        """A step begins: `what` as in "uploading", `total` bytes (0: not known)."""

    def advance(self, amount: int) -> None:
        """`amount` more bytes are done."""

    def done(self) -> None:
        """The step is over."""


class _Silent:
    def start(self, what: str, total: int) -> None:
        pass

    def advance(self, amount: int) -> None:
        pass

    def done(self) -> None:
        pass


SILENT: Progress = _Silent()
