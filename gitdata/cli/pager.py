"""The pager of Git (`core.pager`, GIT_PAGER, PAGER): long output goes through it where a person reads it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextvars import ContextVar

from gitdata.errors import GitFailed
from gitdata.workspace import Workspace, environment

_IN_USE = "GIT_PAGER_IN_USE"  # how Git tells that it has started one
_DEFAULTS = {"LESS": "FRX", "LV": "-c"}  # what Git sets where the person has not
ANY = 1 << 16  # columns: as many as it takes
_USUAL = 80  # columns, where nobody knows
_at_terminal = ContextVar("_at_terminal", default=0)  # columns, while standard output goes into a pager


def on_screen() -> bool:
    """Whether a person sees standard output: on a terminal, or in a pager that is at work already."""
    return _is_terminal() or environment().get(_IN_USE, "").lower() in ("true", "yes", "on", "1")


@contextlib.contextmanager
def paged(place: Workspace) -> Iterator[None]:
    """Standard output goes through the pager while the block runs, if it is a terminal.

    Whoever leaves the pager ends the block with `BrokenPipeError`, as a closed pipe does.
    """
    command = _command(place)
    if not command:
        yield
        return
    sys.stdout.flush()
    wide = _at_terminal.set(columns())
    own = dict(environment())
    pager = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env={**_DEFAULTS, **own})  # noqa: S602 - the person's
    if pager.stdin is None:
        raise AssertionError
    kept = {stream: os.dup(stream.fileno()) for stream in (sys.stdout, sys.stderr) if stream.isatty()}
    for stream in kept:
        os.dup2(pager.stdin.fileno(), stream.fileno())
    pager.stdin.close()
    try:
        yield
        sys.stdout.flush()
    finally:
        # With the last end of the pipe closed the pager knows that this is all.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        for stream, number in kept.items():
            os.dup2(number, stream.fileno())
            os.close(number)
        _at_terminal.reset(wide)
        while True:
            try:
                pager.wait()
                break
            except KeyboardInterrupt:  # the pager's to understand
                continue


def columns(otherwise: int = _USUAL) -> int:
    """The columns of the terminal that standard output goes to, also through the pager; `otherwise` without one.

    The variable `COLUMNS` counts before that, as it does for Git.
    """
    return shutil.get_terminal_size((_at_terminal.get() or otherwise, 24)).columns


def _command(place: Workspace) -> str:
    """The pager, where one is to be started; Git takes `cat` and nothing for none."""
    if not _is_terminal():
        return ""
    try:
        command = place.git.run("var", "GIT_PAGER").decode(errors="surrogateescape").strip()
    except GitFailed:
        return ""
    return "" if command == "cat" else command


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
