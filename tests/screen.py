"""A terminal for tests: commands run in it, and its screen is what a person would see in the end."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

from shell import Shell

_TIMEOUT_S = 120
_SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")

_START = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
# A session of its own whose terminal this is, as a shell's.

EAGER = """
import contextlib
import gitdata.terminal as terminal

begin, advance = terminal.ProgressLine.step, terminal._Shown.advance

@contextlib.contextmanager
def step(line, what, total=0, unit="bytes"):
    with begin(line, what, total, unit) as shown:
        line.draw()
        yield shown

def advanced(shown, amount):
    advance(shown, amount)
    terminal._LINE.draw()

terminal._QUIET_S = 0.0
terminal.ProgressLine.step, terminal._Shown.advance = step, advanced
"""
# Makes git-data show its progress line from the first moment on, and whatever moves it.


@dataclass
class Screen:
    """What is on a terminal of some columns: carriage return, newline, wrapping, erasing to the end."""

    columns: int
    rows: list[list[str]] = field(default_factory=lambda: [[]])
    column: int = 0
    wrapped: bool = False  # something was too wide for its line

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            letter = text[at]
            if found := _SEQUENCE.match(text, at):
                if found[2] in "JK":
                    del self.rows[-1][self.column :]
                at = found.end()
                continue
            at += 1
            if letter == "\r":
                self.column = 0
            elif letter == "\n":
                self.rows.append([])
            elif letter == "\b":
                self.column = max(0, self.column - 1)
            else:
                if self.column == self.columns:
                    self.wrapped = True
                    self.rows.append([])
                    self.column = 0
                row = self.rows[-1]
                row.extend(" " * (self.column + 1 - len(row)))
                row[self.column] = letter
                self.column += 1

    @property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line for row in self.rows if (line := "".join(row).rstrip())]


@dataclass(frozen=True)
class Shown:
    """What a command wrote to the terminal, and how that looks."""

    raw: str
    screen: Screen
    code: int

    @property
    def lines(self) -> list[str]:
        return self.screen.lines


def in_terminal(shell: Shell, *words: str, columns: int = 80, eager: Path | None = None, term: str = "xterm") -> Shown:
    """Run a command with a terminal of its own as standard input, output and error.

    With `eager`, a directory to write into, git-data's progress line is seen however quick the work is.
    """
    environment = {**os.environ, **shell.environment, "TERM": term}
    if eager is not None:
        eager.mkdir(exist_ok=True)
        (eager / "sitecustomize.py").write_text(EAGER)
        environment["PYTHONPATH"] = str(eager)
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-I", "-c", _START, *words],
        cwd=shell.cwd,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    ) as process:
        os.close(slave)
        raw = _everything(master)
        os.close(master)
    text = raw.decode("utf-8", "replace")
    assert "Traceback" not in text, text
    screen = Screen(columns)
    screen.write(text)
    return Shown(text, screen, process.returncode)


def _everything(master: int) -> bytes:
    parts = []
    until = time.monotonic() + _TIMEOUT_S
    while select.select([master], [], [], max(0, until - time.monotonic()))[0]:
        try:
            part = os.read(master, 1 << 16)
        except OSError:  # all have closed it
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
