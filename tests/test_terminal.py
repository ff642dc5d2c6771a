"""The screen: nothing that moves the cursor, sizes for people, progress only where it helps."""

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata import terminal
from gitdata.errors import NoRemote


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


def test_quick_work_shows_no_progress() -> None:
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    line.start("pushing", 100)
    line.advance(100)
    line.done()
    assert stream.getvalue() == ""


def test_slow_work_shows_bytes_speed_and_time_left_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    line = terminal.ProgressLine(stream)
    line.start("pushing", 10 << 20)
    now[0] += 2
    line.advance(4 << 20)
    assert stream.getvalue() == "\rpushing: 4.0 MiB of 10.0 MiB (40 %), 2.0 MiB/s, 3 s left"
    line.done()
    assert stream.getvalue().endswith(
        "\r" + " " * len("pushing: 4.0 MiB of 10.0 MiB (40 %), 2.0 MiB/s, 3 s left") + "\r"
    )


def test_no_progress_when_nobody_watches() -> None:
    assert terminal.progress() is None
