"""Words on the screen: escaped text, sizes, one progress line, and errors."""

import os
import sys
import threading
import time
import unicodedata
from collections.abc import Collection
from typing import TextIO

from gitdata.errors import GitDataError

_ERRORS = 50  # lines of what somebody else may have made by the thousand
_QUIET_S = 0.25  # quick work shows no progress at all
_FRAME_S = 1 / 15


def safe(text: str | bytes) -> str:
    """`text` with everything escaped that could move the cursor, change colours or reorder the line."""
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    return "".join(letter if _is_plain(letter) else _escaped(letter) for letter in text)


def _is_plain(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as os.fsdecode keeps it
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode()


def size(count: float) -> str:
    """Bytes for people: binary units, one decimal."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def count(number: int, noun: str) -> str:
    """ "1 file", "2 files"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def say(text: str, stream: TextIO | None = None) -> None:
    """One line to standard output (or `stream`), escaped."""
    print(safe(text), file=stream or sys.stdout)


def tell(text: str) -> None:
    """One line to standard error, marked as ours: what Git's door says in the middle of Git's own output."""
    print(f"git-data: {safe(text)}", file=sys.stderr)


def fail(error: GitDataError) -> None:
    """An error and what to do about it, on one line of standard error."""
    hint = f" ({error.hint})" if error.hint else ""
    print(f"git-data: {safe(f'{error}{hint}')}", file=sys.stderr)


def fail_each(errors: Collection[GitDataError], more: str) -> None:
    """A line for each error; from the fiftieth on one for all the rest, which says with `more` what they are."""
    for error in list(errors)[:_ERRORS]:
        fail(error)
    if len(errors) > _ERRORS:
        tell(f"and {len(errors) - _ERRORS:,} more {more}")


class ProgressLine:
    """One line on a terminal that says how far the work is; silent for the first quarter second."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()
        self._what = ""
        self._total = self._done = 0
        self._began = self._drawn = 0.0
        self._width = 0

    def start(self, what: str, total: int) -> None:
        """A step of `total` bytes begins (0: not known)."""
        with self._lock:
            self._what, self._total, self._done = what, total, 0
            self._began = time.monotonic()
            self._drawn = 0.0

    def advance(self, amount: int) -> None:
        """`amount` more bytes are done."""
        with self._lock:
            self._done += amount
            now = time.monotonic()
            if now - self._began >= _QUIET_S and now - self._drawn >= _FRAME_S:
                self._drawn = now
                self._draw(self._line(now - self._began))

    def done(self) -> None:
        """The step is over: the line goes away."""
        with self._lock:
            if self._width:
                self._draw("")
                self._width = 0

    def _line(self, elapsed_s: float) -> str:
        speed = self._done / elapsed_s
        text = f"{self._what}: {size(self._done)}"
        if self._total:
            text += f" of {size(self._total)} ({100 * self._done // self._total} %)"
        text += f", {size(speed)}/s"
        if self._total and speed:
            text += f", {max(0, self._total - self._done) / speed:.0f} s left"
        return safe(text)

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
        self._stream.flush()
        self._width = len(text)


def progress() -> ProgressLine | None:
    """A progress line when a person is watching standard error, else None."""
    return ProgressLine() if sys.stderr.isatty() else None
