"""Tables merged row by row, against what sets of rows and dictionaries of cells come to."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents.ordered import CannotMerge, merged_order
from gitdata.contents.row_merge import merge_table

ROWS = st.lists(st.integers(0, 30), unique=True, max_size=12)


def table(rows: list[str], head: str = "name,value", end: str = "\n") -> bytes:
    return "".join(row + end for row in [head, *rows]).encode()


@given(ROWS, ROWS, ROWS)
def test_rows_without_a_key_are_a_set(base: list[int], ours: list[int], theirs: list[int]) -> None:
    was, mine, other = set(base), set(ours), set(theirs)
    versions = [table([f"n{row},{row}" for row in rows]) for rows in (base, ours, theirs)]
    if (was - mine) & (was - other) and mine - was != other - was:
        with pytest.raises(CannotMerge):
            merge_table(*versions, b"csv")
        return
    merged = merge_table(*versions, b"csv").decode().splitlines()
    assert merged[0] == "name,value"
    expected = (was & mine & other) | (mine - was) | (other - was)
    assert sorted(merged[1:]) == sorted(f"n{row},{row}" for row in expected)
    kept = [row for row in ours if row in expected]
    assert [int(row.partition(",")[2]) for row in merged[1:] if int(row.partition(",")[2]) in kept] == kept


CELL = st.sampled_from(["", "a", "b", "x,y", 'say "no"', "two\nlines"])
KEYED = st.dictionaries(st.integers(0, 5), st.tuples(CELL, CELL), max_size=6)


def written(rows: dict[int, tuple[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "one", "two"])
    writer.writerows([key, *cells] for key, cells in rows.items())
    return text.getvalue().encode()


def expected_cells(
    was: tuple[str, str] | None, mine: tuple[str, str] | None, other: tuple[str, str] | None
) -> tuple[str, ...] | None:
    """By the rule as a person would say it; raises `CannotMerge`."""
    if mine == other or other == was:
        return mine
    if mine == was:
        return other
    if mine is None or other is None or was is None:
        if was is None and mine is not None and other is not None:
            raise CannotMerge("added twice")
        raise CannotMerge("gone and changed")
    cells = []
    for before, here, there in zip(was, mine, other, strict=True):
        if here != there and before not in (here, there):
            raise CannotMerge("one cell")
        cells.append(there if here == before else here)
    return tuple(cells)


@given(KEYED, KEYED, KEYED)
def test_rows_with_a_key_are_a_dictionary(
    base: dict[int, tuple[str, str]], ours: dict[int, tuple[str, str]], theirs: dict[int, tuple[str, str]]
) -> None:
    versions = [written(rows) for rows in (base, ours, theirs)]
    try:
        found = {key: expected_cells(base.get(key), ours.get(key), theirs.get(key)) for key in {*base, *ours, *theirs}}
    except CannotMerge:
        with pytest.raises(CannotMerge):
            merge_table(*versions, b"csv", (b"id",))
        return
    merged = list(csv.reader(io.StringIO(merge_table(*versions, b"csv", (b"id",)).decode(), newline="")))
    assert merged[0] == ["id", "one", "two"]
    assert {int(key): tuple(cells) for key, *cells in merged[1:]} == {
        key: cells for key, cells in found.items() if cells is not None
    }


def test_a_column_that_one_side_added() -> None:
    base = table(["1,a", "2,b"], "id,value")
    ours = table(["1,a,x", "2,b,y"], "id,value,note")
    assert merge_table(base, ours, table(["1,a", "2,c"], "id,value"), b"csv", (b"id",)) == table(
        ["1,a,x", "2,c,y"], "id,value,note"
    )
    with pytest.raises(CannotMerge):  # what is its note?
        merge_table(base, ours, table(["1,a", "2,b", "3,c"], "id,value"), b"csv", (b"id",))
    with pytest.raises(CannotMerge):  # without a key nobody knows which rows are the same
        merge_table(base, ours, table(["1,a", "2,c"], "id,value"), b"csv")


def test_a_column_that_one_side_took_away() -> None:
    base, ours = table(["1,a,x", "2,b,y"], "id,value,note"), table(["1,a", "2,b"], "id,value")
    theirs = table(["1,A,x", "2,b,y"], "id,value,note")
    assert merge_table(base, ours, theirs, b"csv", (b"id",)) == table(["1,A", "2,b"], "id,value")
    with pytest.raises(CannotMerge):
        merge_table(base, ours, theirs.replace(b"x", b"z"), b"csv", (b"id",))


def test_what_is_written_stays_as_it_is() -> None:
    base = b'id\tv\r\n"1"\ta\r\n2\tb\r\n'
    ours, theirs = base.replace(b"a", b'"a\tA"'), base.replace(b"b", b"c") + b"3\td\r\n"
    assert merge_table(base, ours, theirs, b"tsv", (b"id",)) == b'id\tv\r\n"1"\t"a\tA"\r\n2\tc\r\n3\td\r\n'
    assert merge_table(base[:-2], ours[:-2], theirs[:-2], b"tsv").endswith(b"3\td")


def test_rows_that_are_there_more_than_once() -> None:
    base = table(["a,1", "a,1", "b,2", "c,3"])
    ours, theirs = table(["a,1", "a,1", "x,2", "c,3"]), table(["a,1", "a,1", "b,2", "y,3"])
    assert merge_table(base, ours, theirs, b"csv") == table(["a,1", "a,1", "x,2", "y,3"])
    with pytest.raises(CannotMerge):
        merge_table(base, table(["a,1", "x,2", "c,3"]), theirs, b"csv")


def test_lines_of_json() -> None:
    base = [{"id": 1, "v": "a", "w": 0}, {"id": 2, "v": "b", "w": 0}]
    ours = [{"id": 1, "v": "A", "w": 0}, base[1]]
    theirs = [{"id": 1, "v": "a", "w": 7}, base[1], {"id": 3, "v": "c", "w": 0}]
    versions = ["".join(json.dumps(row) + "\n" for row in rows).encode() for rows in (base, ours, theirs)]
    merged = merge_table(*versions, b"jsonl", (b"id",))
    assert [json.loads(line) for line in merged.splitlines()] == [
        {"id": 1, "v": "A", "w": 7}, base[1], theirs[2],
    ]  # fmt: skip
    with pytest.raises(CannotMerge):  # both changed the first row
        merge_table(*versions, b"jsonl")


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2\n\n3,4\n", b'a,b\n"1,2\n', b"a,b\n1,2,3\n", b"a,a\n1,2\n"])
def test_what_is_no_table(text: bytes) -> None:
    good = b"a,b\n1,2\n"
    with pytest.raises(CannotMerge):
        merge_table(good, good + b"3,4\n", text, b"csv", (b"a",))


def test_order() -> None:
    assert merged_order("abc", "axbc", "abyc") == list("axbyc")
    assert merged_order("abc", "abcx", "abcy") == list("abcxy")
    assert merged_order("", "x", "y") == list("xy")
    assert merged_order("abc", "c", "xabc") == list("xabc")
