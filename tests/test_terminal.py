"""The screen: nothing that moves the cursor, sizes for people, progress only where it helps."""

import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen import Screen

from gitdata import terminal
from gitdata.errors import GitDataError, NoRemote
from gitdata.progress import SILENT, About, Progress


@given(st.text(), st.binary())
def test_whatever_is_shown_is_printable_and_stays_on_its_line(text: str, raw: bytes) -> None:
    for shown in (terminal.safe(text), terminal.safe(raw)):
        shown.encode()
        assert not [letter for letter in shown if ord(letter) < 32 or 127 <= ord(letter) < 160]
        assert not set(shown) & set("\u2028\u2029\u202a\u202e\u2066\u200f")


def test_ordinary_names_are_shown_as_they_are() -> None:
    for name in ("data/a b.csv", "gr\u00fc\u00dfe/\u65e5\u672c.txt", "-rf", "a\\b"):
        assert terminal.safe(name) == name
    assert terminal.safe(b"caf\xe9") == "caf\\xe9"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (3 << 40, "3.0 TiB")],
)
def test_sizes(count: int, shown: str) -> None:
    assert terminal.size(count) == shown


def test_an_error_is_one_line_with_its_advice(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.fail(NoRemote("no\nremote \x1b[31m"))
    said = capsys.readouterr().err
    assert said == "git-data: no\\nremote \\x1b[31m (add one: `git data remote add origin s3://BUCKET/PATH`)\n"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock of the progress line, which draws only when it is told to."""
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(terminal.ProgressLine, "_draw_on", lambda _line: None)
    return clock


def shown(stream: io.StringIO, columns: int = 80) -> str:
    """The one line that is on the screen; nothing was ever too wide."""
    screen = Screen(columns)
    screen.write(stream.getvalue())
    assert not screen.wrapped
    assert len(screen.rows) == 1
    return "".join(screen.lines)


def test_quick_work_shows_no_progress(now: list[float]) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    with line.step("pushing", 100) as step:
        step.advance(100)
        now[0] += 0.2
        line.draw()
    assert stream.getvalue() == ""


def test_slow_work_shows_bytes_speed_and_time_left_and_cleans_up(now: list[float]) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    with line.step("pushing", 10 << 20) as step:
        now[0] += 2
        line.draw()
        assert shown(stream) == "pushing"
        step.advance(4 << 20)
        line.draw()
        assert shown(stream) == "pushing: 4.0 MiB of 10.0 MiB (40 %), 2.0 MiB/s, 3 s left"
    assert shown(stream) == ""


def test_the_innermost_step_is_shown_and_counts_for_itself(now: list[float]) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    with line.step("recording data"):
        now[0] += 10
        with line.step("looking at data", unit="files") as looking:
            looking.advance(1200)
            line.draw()
            assert shown(stream) == "looking at data: 1,200 files"
        with line.step("storing data", 4 << 20) as storing:
            now[0] += 1
            storing.advance(1 << 20)
            looking.advance(5)  # over: it is told, and nobody hears it
            line.draw()
            assert shown(stream) == "storing data: 1.0 MiB of 4.0 MiB (25 %), 1.0 MiB/s, 3 s left"
        with line.step("looking at data", About(1000), "files") as looking:
            looking.advance(900)
            line.draw()
            assert shown(stream) == "looking at data: 900 of ~1,000 files"
            looking.advance(200)
            line.draw()
            assert shown(stream) == "looking at data: 1,100 files", "the estimate was too low"
        line.draw()
        assert shown(stream) == "recording data"
    assert shown(stream) == ""


def test_a_step_that_fails_leaves_nothing_on_the_screen(now: list[float]) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    with pytest.raises(KeyboardInterrupt), line.step("recording data"), line.step("storing data"):
        now[0] += 1
        line.draw()
        raise KeyboardInterrupt
    assert shown(stream) == ""


def test_only_what_has_begun_can_be_advanced(now: list[float]) -> None:
    for progress in (terminal.ProgressLine(io.StringIO()), SILENT):
        with progress.step("storing") as step:
            step.advance(1)
    assert not hasattr(terminal.ProgressLine(io.StringIO()), "advance")
    assert not hasattr(Progress, "advance")


def test_several_threads_advance(now: list[float]) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    with line.step("looking", 80_000, "files") as step:
        now[0] += 1
        with ThreadPoolExecutor(8) as pool:
            for _done in pool.map(lambda _task: [step.advance(1) for _ in range(10_000)], range(8)):
                line.draw()
        line.draw()
        assert shown(stream) == "looking: 80,000 of 80,000 files"


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 7, 12, 20, 33, 40, 57, 60, 64, 65, 66, 80, 300])
def test_the_line_is_never_wider_than_the_terminal(
    now: list[float], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    monkeypatch.setattr(line, "_room", lambda: max(1, columns - 1))
    with line.step("writing d\u00e4ta", 10 << 20) as step:
        for _ in range(10):
            now[0] += 1
            step.advance(1 << 20)
            line.draw()
            assert "writing d\u00e4ta"[: min(12, max(0, columns - 4))] in shown(stream, columns)
    assert shown(stream, columns) == ""


def test_wide_letters_take_two_columns(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    monkeypatch.setattr(line, "_room", lambda: 19)
    with line.step("writing \u65e5\u672c\u8a9e\u306e\u8cc7\u6599"):  # 8 columns and 6 times 2
        now[0] += 1
        line.draw()
    assert "\rwriting \u65e5\u672c\u8a9e\u306e...\r" in stream.getvalue()


def test_what_stands_on_the_line_already_is_overwritten(now: list[float]) -> None:
    stream = io.StringIO()
    stream.write("Updating files:  45% (450/1000)\r")
    line = terminal.ProgressLine(stream)
    with line.step("fetching"):
        now[0] += 1
        line.draw()
        assert shown(stream) == "fetching"
    assert shown(stream) == ""


def test_a_message_is_a_line_of_its_own(
    now: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = terminal.ProgressLine()
    monkeypatch.setattr(terminal, "_LINE", line)
    with line.step("fetching"):
        now[0] += 1
        line.draw()
        terminal.tell("the remote is slow")
        line.draw()
    screen = Screen(80)
    screen.write(capsys.readouterr().err)
    assert screen.lines == ["git-data: the remote is slow"]


def test_no_progress_when_nobody_watches() -> None:
    assert terminal.progress() is SILENT


def test_of_many_errors_some_are_shown_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.fail_each([GitDataError(f"problem {number}", "mend it") for number in range(1234)], "are like it")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "git-data: problem 0 (mend it)" and lines[49] == "git-data: problem 49 (mend it)"
    assert lines[50:] == ["git-data: and 1,184 more are like it"]
