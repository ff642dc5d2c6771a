"""Words on the screen: messages, errors, and one progress line."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Collection, Iterator
from typing import NamedTuple, TextIO

from gitdata.errors import GitDataError
from gitdata.progress import SILENT, About, Progress, Step, Unit
from gitdata.wording import cells, count, fitted, safe, size, some_of

__all__ = ["ProgressLine", "count", "fail", "fail_each", "progress", "safe", "say", "size", "some_of", "tell"]

_ERRORS = 50  # lines of what somebody else may have made by the thousand
_QUIET_S = 0.25  # quick work shows no progress at all
_FRAME_S = 1 / 15
_WIDTH = 80  # columns, where the terminal does not know


def say(text: str, stream: TextIO | None = None) -> None:
    """One line to standard output (or `stream`), escaped."""
    _print(safe(text), stream or sys.stdout)


def tell(text: str) -> None:
    """One line to standard error, marked as ours: what Git's door says in the middle of Git's own output."""
    _print(f"git-data: {safe(text)}", sys.stderr)


def fail(error: GitDataError) -> None:
    """An error and what to do about it, on one line of standard error."""
    hint = f" ({error.hint})" if error.hint else ""
    tell(f"{error}{hint}")


def fail_each(errors: Collection[GitDataError], more: str) -> None:
    """A line for each error; from the fiftieth on one for all the rest, which says with `more` what they are."""
    for error in list(errors)[:_ERRORS]:
        fail(error)
    if len(errors) > _ERRORS:
        tell(f"and {len(errors) - _ERRORS:,} more {more}")


class _Sequences(NamedTuple):
    """What a terminal understands; empty where it does not."""

    erase: str = ""  # all behind the cursor
    no_folding: str = ""  # a line that is too wide loses its end: a terminal tells late that it was made narrower
    folding: str = ""


_VT100 = _Sequences("\x1b[J", "\x1b[?7l", "\x1b[?7h")


def _sequences(stream: TextIO) -> _Sequences:
    """Those of nearly every terminal, unless its description says something else."""
    try:
        import curses  # not everywhere, and only where something is drawn

        curses.setupterm(fd=stream.fileno())
        erase = curses.tigetstr("ed")
    except (ImportError, OSError, ValueError, curses.error):
        return _Sequences()
    return _VT100 if erase == _VT100.erase.encode() else _Sequences()


class _Shown:
    """A step on the progress line."""

    def __init__(self, what: str, total: int, unit: Unit) -> None:
        self._what, self._total, self._unit = safe(what), total, unit
        self._done = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, amount: int) -> None:
        with self._lock:
            self._done += amount

    def line(self, width: int) -> str:
        """What to say in `width` columns: numbers are left out before the words are cut."""
        numbers = self._numbers()
        while numbers and cells(self._what) + sum(map(len, numbers)) > width:
            numbers.pop()
        return fitted(self._what + "".join(numbers), width)

    def _numbers(self) -> list[str]:
        done, total = self._done, self._total
        about = "~" if isinstance(total, About) else ""
        if about and done > total:
            total = 0  # it was too low
        if not done:
            return []
        if self._unit != "bytes":
            return [f": {done:,}" + (f" of {about}{total:,}" if total else "") + f" {self._unit}"]
        elapsed_s = time.monotonic() - self._began
        speed = done / elapsed_s if elapsed_s >= _QUIET_S else 0.0
        numbers = [f": {size(done)}"]
        if total:
            numbers += [f" of {about}{size(total)}", f" ({min(100, 100 * done // total)} %)"]
        if speed:
            numbers.append(f", {size(speed)}/s")
            if total:
                numbers.append(f", {about}{max(0, total - done) / speed:.0f} s left")
        return numbers


class ProgressLine:
    """One line on a terminal that says how far the innermost step is; nothing for the first quarter second.

    It is never wider than the terminal. The cursor waits at its beginning: what is written there next does not
    hang on behind, and where a terminal that was made narrower has folded the line, all of it lies behind the cursor.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._steps: list[_Shown] = []
        self._began = 0.0
        self._knows: _Sequences | None = None  # once something is drawn
        self._columns = 0  # that our line takes up now
        self._at_work = threading.Event()
        self._drawing: threading.Thread | None = None

    @contextlib.contextmanager
    def step(self, what: str, total: int = 0, unit: Unit = "bytes") -> Iterator[Step]:
        """Show a step while the block runs."""
        shown = _Shown(what, total, unit)
        with self._lock:
            self._steps.append(shown)
            if len(self._steps) == 1:
                self._began = time.monotonic()
                self._at_work.set()
            if self._drawing is None:
                self._drawing = threading.Thread(target=self._draw_on, daemon=True)
                self._drawing.start()
        try:
            yield shown
        finally:
            with self._lock:
                self._steps.remove(shown)
                if not self._steps:
                    self._at_work.clear()
                    self._clear()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Take the line away while something else is written."""
        with self._lock:
            self._clear()
            yield

    def draw(self) -> None:
        """Show how far the step is now."""
        with self._lock:
            if not self._steps or time.monotonic() - self._began < _QUIET_S:
                return
            if not self._seen():
                return
            if self._knows is None:
                self._knows = _sequences(self._stream or sys.stderr)
            room, knows = self._room(), self._knows
            if self._columns > room and not knows.erase:
                self._clear()  # folded: the new line is another one
            text = self._steps[-1].line(room)
            # On the first time Git's own progress may stand there.
            rest = knows.erase or " " * (max(self._columns or room, cells(text)) - cells(text))
            self._write(knows.no_folding + text + knows.folding + rest)
            self._columns = max(1, cells(text))

    def _draw_on(self) -> None:
        """Also while nothing advances: a step that waits for the network says at least what it is."""
        while self._at_work.wait():
            time.sleep(_FRAME_S)
            self.draw()

    def _clear(self) -> None:
        if self._columns and self._knows is not None:
            self._write(self._knows.erase or " " * self._columns)
            self._columns = 0

    def _write(self, text: str) -> None:
        stream = self._stream or sys.stderr
        with contextlib.suppress(OSError, ValueError):  # nobody looks any more
            stream.write(f"\r{text}\r")
            stream.flush()

    def _room(self) -> int:
        try:
            width = os.get_terminal_size((self._stream or sys.stderr).fileno()).columns
        except (OSError, ValueError):
            width = 0
        return max(1, (width or _WIDTH) - 1)  # a full line may wrap

    def _seen(self) -> bool:
        """Whether we may write: a command in the background leaves the screen to the one in front."""
        try:
            return os.tcgetpgrp((self._stream or sys.stderr).fileno()) == os.getpgrp()
        except (OSError, ValueError, AttributeError):
            return True  # another terminal than the one that controls us, or none


_LINE = ProgressLine()


def _print(line: str, stream: TextIO) -> None:
    with _LINE.away():
        print(line, file=stream)


def progress() -> Progress:
    """The progress line when a person is watching standard error, else nothing."""
    return _LINE if sys.stderr is not None and sys.stderr.isatty() else SILENT
