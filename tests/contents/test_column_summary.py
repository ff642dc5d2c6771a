"""Summaries of columns, beside what Python's own statistics say of the same cells."""

import csv
import io
import statistics

from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents import column_summary
from gitdata.contents.column_tally import DISTINCT, Summary, Tally
from gitdata.contents.rows import Run
from gitdata.contents.table_diff import compare

CELLS = st.one_of(st.just(""), st.integers(-99, 99).map(str), st.sampled_from(["a,b", 'x"y', "two\nlines"]))
ROWS = st.lists(st.tuples(CELLS, st.integers(-9, 9).map(str)), max_size=8)


def table(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("a", "b"), *rows])
    return out.getvalue().encode()


def expected(cells: list[str]) -> Summary:
    given = [cell for cell in cells if cell]
    try:
        ends = [float(cell) for cell in given]
    except ValueError:
        ends = given
    mean = statistics.fmean(ends) if ends and isinstance(ends[0], float) else None
    ends = ends or [None]
    return Summary(len(cells), len(cells) - len(given), min(ends), max(ends), mean, len(set(given)))


@given(ROWS, ROWS, ROWS, ROWS, st.booleans())
def test_parts_that_are_the_same_count_for_both(
    start: list, before: list, after: list, end: list, in_quotes: bool
) -> None:
    same = [table(start), b"".join(table(end).partition(b"\n")[2:])]
    inner = [b"".join(table(rows).partition(b"\n")[2:]) for rows in (before, after)]
    cut = len(same[0]) // 2 if in_quotes else len(same[0])

    def runs() -> list[Run]:
        return [
            Run([same[0][:cut]], same=True),
            Run([same[0][cut:] + inner[0]], [same[0][cut:] + inner[1]]),
            Run([same[1][:7], same[1][7:]], same=True),
        ]

    found = compare(runs(), "csv")
    pairs = column_summary.pairs_of(found)
    summaries = column_summary.of_runs(pairs, runs(), "csv", found.names)
    wanted = {}
    for place, name in enumerate("ab"):
        one, other = (expected([row[place] for row in (*start, *rows, *end)]) for rows in (before, after))
        if one != other and (name, name) in pairs:
            wanted[name] = (rounded(one), rounded(other))
    assert {column.name: (rounded(column.before), rounded(column.after)) for column in summaries.columns} == wanted


def rounded(one: Summary | None) -> object:
    assert one is not None
    mean = one.mean if one.mean is None else round(one.mean, 6)
    return one.cells, one.nulls, one.least, one.largest, mean, one.distinct


def test_what_is_bounded() -> None:
    tally = Tally()
    tally.add(str(number) for number in range(DISTINCT))
    assert tally.summary().distinct == DISTINCT
    tally.add(["x" * 1000, "x" * 1000 + "y"])
    assert tally.summary().distinct is None and tally.distinct is None
    assert tally.summary().largest == "x" * 40
    tally = Tally()
    tally.add([float("nan"), "inf", 3, True])
    assert tally.summary() == Summary(4, 0, "3", "true", None, 4)
    wide = ",".join(f"c{number}" for number in range(50))
    run = [Run([f"{wide}\n1{',1' * 49}\n".encode()], [f"{wide}\n2{',2' * 49}\n".encode()])]
    found = compare(run, "csv")
    summaries = column_summary.of_runs(column_summary.pairs_of(found), run, "csv", found.names)
    assert (len(summaries.columns), summaries.left_out) == (32, 18)
