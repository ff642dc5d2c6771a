"""Interrupts (Ctrl-C) that wait for a moment at which nothing is half done."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Work was interrupted between two of its parts: what was done before is whole."""


class _Asked:
    """Whether somebody has asked, in this process, for work to end."""

    yes = False


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Let an interrupt in this block wait for the next `check`; a second one ends it at once, as any would.

    On threads other than the main one, and where interrupts are ignored, nothing changes.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _ask)
    try:
        yield
        check()  # too late for the work to notice
    finally:
        _Asked.yes = False
        signal.signal(signal.SIGINT, before)


def check() -> None:
    """Raise `Interrupted` when an interrupt has been waiting for this moment."""
    if _Asked.yes:
        raise Interrupted


def _ask(_number: int, _frame: FrameType | None) -> None:
    if _Asked.yes:
        raise KeyboardInterrupt
    _Asked.yes = True
