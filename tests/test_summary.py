"""What is said at the end of a command: of what was done and is worth it, and not of what is noise."""

import pytest

from gitdata.summary import Amount, done_to_work_tree, fetched, fetched_by_the_way, recorded, sent, span

KIB, MIB = 1 << 10, 1 << 20
NONE = Amount()
FULL = Amount(3, 80 * MIB, 80 * MIB)
SPARED = Amount(3, 80 * MIB, 2 * MIB)
LITTLE = Amount(3, 900 * KIB, 2 * KIB)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (1.24, "1.2 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (80.0, "1 min 20 s"),
        (3599.6, "1 h"),
        (7500.0, "2 h 5 min"),
        (360_000.0, "100 h"),
    ],
)
def test_time(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_time_is_said_from_a_second_on() -> None:
    assert sent(FULL, 2, 0.99) == "80.0 MiB in 2 packs"
    assert sent(FULL, 2, 1.0) == "80.0 MiB in 2 packs, 1.0 s"
    assert fetched(FULL, 61.0) == "fetched 3 objects, 80.0 MiB, 1 min 1 s"
    assert done_to_work_tree(1, 0, NONE, 0.5) == "1 file written"
    assert done_to_work_tree(0, 2, NONE, 2.5, word="taken away") == "2 files taken away, 2.5 s"


def test_what_was_spared_is_said_where_it_is_much() -> None:
    assert sent(SPARED, 1, 0.1) == "2.0 MiB in 1 pack instead of 80.0 MiB"
    assert sent(LITTLE, 1, 0.1) == "2.0 KiB in 1 pack"
    assert sent(Amount(1, 100 * MIB, 95 * MIB), 1, 0.1) == "95.0 MiB in 1 pack"  # not a tenth
    assert sent(Amount(0, 0, 5 * KIB), 1, 0.1) == "5.0 KiB in 1 pack"  # it is not known
    assert fetched(SPARED, 3.0) == "fetched 3 objects, 2.0 MiB instead of 80.0 MiB, 3.0 s"


def test_what_was_fetched_by_the_way_is_said_where_it_is_much() -> None:
    assert done_to_work_tree(3, 1, FULL, 0.1) == "3 files written, 1 file deleted, 80.0 MiB fetched"
    assert done_to_work_tree(3, 0, SPARED, 1.5) == "3 files written, 2.0 MiB fetched instead of 80.0 MiB, 1.5 s"
    assert done_to_work_tree(3, 0, LITTLE, 0.1) == "3 files written"
    assert fetched_by_the_way(LITTLE, 5.0) == ""
    assert fetched_by_the_way(FULL, 0.5) == "fetched 3 objects, 80.0 MiB"


def test_of_a_recording_it_is_said_where_there_is_something_to_say() -> None:
    assert recorded(SPARED, 0.1) == "recorded 3 files: 2.0 MiB instead of 80.0 MiB"
    assert recorded(FULL, 2.0) == "recorded 3 files: 80.0 MiB, 2.0 s"
    assert recorded(FULL, 0.5) == ""  # as many bytes as there are, at once: `git data status` says as much
    assert recorded(LITTLE, 5.0) == ""
    assert recorded(Amount(1, 80 * MIB, 0), 5.0) == ""  # nothing was new


def test_of_nothing_nothing_is_said() -> None:
    assert done_to_work_tree(0, 0, FULL, 100.0) == ""
    assert recorded(NONE, 100.0) == fetched_by_the_way(NONE, 100.0) == ""


def test_amounts_are_added() -> None:
    assert Amount(1, 20, 3) + Amount(4, 50, 6) == Amount(5, 70, 9)


def test_lines_are_short() -> None:
    most = Amount(1_000_000, 999 << 30, 99 << 30)
    for line in (recorded(most, 3000.0), fetched(most, 3000.0), done_to_work_tree(100_000, 0, most, 3000.0)):
        assert len(f"git-data: data: {line}") < 100
    for line in (recorded(SPARED, 12.0), fetched(SPARED, 12.0), done_to_work_tree(500, 0, SPARED, 12.0)):
        assert len(f"git-data: data: {line}") < 80
