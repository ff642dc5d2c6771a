"""How work reports that it goes on, without knowing who looks.

Only a step that has begun can be advanced: beginning one is what gives the thing that is advanced.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Literal, Protocol, TypeVar

Unit = Literal["bytes", "files", "versions"]
Part = TypeVar("Part", bytes, memoryview, "bytes | memoryview")


class About(int):
    """A total that is only an estimate."""


class Step(Protocol):
    """A part of the work that has begun. Told from any thread; never raises."""

    def advance(self, amount: int) -> None:
        """`amount` more of the step's units are done (fewer than none: some have to be done again)."""


class Progress(Protocol):
    """Where steps are shown. Begun and ended on one thread, the later ones inside the earlier; never raises."""

    def step(self, what: str, total: int = 0, unit: Unit = "bytes") -> AbstractContextManager[Step]:
        """A step of `total` units (0: not known; perhaps `About` so many) for as long as the block runs.

        `what` is as in "uploading to origin".
        """


def counted(parts: Iterable[Part], step: Step) -> Iterator[Part]:
    """The same parts of some content; each is counted when it has gone by."""
    for part in parts:
        yield part
        step.advance(len(part))


class _Unseen(AbstractContextManager[Step]):
    def advance(self, amount: int) -> None:
        pass

    def step(self, what: str, total: int = 0, unit: Unit = "bytes") -> AbstractContextManager[Step]:  # noqa: ARG002
        return self

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


_NOBODY = _Unseen()
SILENT: Progress = _NOBODY
UNSEEN: Step = _NOBODY
