"""The texts of pointers in the index and in the last commit, of many one after the other."""

import os

from gitdata.git.pointers import LIMIT, in_index_as
from gitdata.git.program import Asking, Git


class EarlierTexts:
    """One process that is asked for all of them; a context manager, in which the index stays as it is."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._asking: Asking | None = None  # once there is something to ask

    def __call__(self, path: bytes) -> list[bytes]:
        """The texts of the pointer at `path` in the index and in the last commit, as far as it is there."""
        if self._asking is None:
            self._asking = self._git.asking("cat-file", "--batch")
        names = (in_index_as(self._git, path), f"HEAD:{os.fsdecode(path)}")
        texts = [self._asking.content(os.fsencode(name), LIMIT) for name in names if name]
        return [text for text in texts if text is not None]

    def __enter__(self) -> "EarlierTexts":  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._asking is not None:
            self._asking.close()
