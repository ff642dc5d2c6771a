"""Tables that differ: the rows found are those that sets of parsed rows say, however the bytes come."""

import csv
import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents.rows import Run, rows_of
from gitdata.contents.table_diff import compare
from gitdata.errors import NotText, UsageError

CELL = st.text(st.sampled_from('ab1,"\n é'), max_size=4)
TABLE = st.lists(st.tuples(st.integers(0, 30), CELL, CELL), max_size=25)


def written(rows: list[tuple[int, str, str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("id", "x", "y"), *rows])
    return out.getvalue().encode()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(TABLE, TABLE, st.integers(1, 40), st.integers(0, 60))
def test_rows_are_those_that_parsed_rows_say(
    before: list[tuple[int, str, str]], after: list[tuple[int, str, str]], size: int, common: int
) -> None:
    one, other = written(before), written(after)
    # Bytes that are the same at the beginning come once, as equal chunks do.
    while common and one[:common] != other[:common]:
        common -= 1
    runs = [Run(cut(one[:common], size), same=True), Run(cut(one[common:], size), cut(other[common:], size + 1))]
    found = compare(runs, "csv", ("id",))
    rows = [Counter(tuple(map(str, row)) for row in table) for table in (before, after)]
    gone, new = rows[0] - rows[1], rows[1] - rows[0]
    assert found.rows == (len(before), len(after))
    told_gone = Counter(tuple(row.values()) for row in found.deleted)
    told_new = Counter(tuple(row.values()) for row in found.added)
    assert told_gone <= gone and told_new <= new
    assert sum(gone.values()) - sum(told_gone.values()) == sum(new.values()) - sum(told_new.values())
    assert len(found.changed) == sum(new.values()) - sum(told_new.values())
    for changed in found.changed:
        assert any(row[0] == changed.key[0] for row in gone) and any(row[0] == changed.key[0] for row in new)
    assert not {row["id"] for row in found.added} & {row["id"] for row in found.deleted}


@given(TABLE, st.integers(1, 30))
def test_rows_are_cut_where_quotes_say(rows: list[tuple[int, str, str]], size: int) -> None:
    data = written(rows)
    assert [next(csv.reader([row.decode()])) for row in rows_of(cut(data, size), quotes=True)] == list(
        csv.reader(io.StringIO(data.decode(), newline=""))
    )


def told(before: str, after: str, form: str = "csv", key: tuple[str, ...] = ()) -> dict[str, object]:
    found = compare([Run([before.encode()], [after.encode()])], form, key)  # type: ignore[arg-type]
    return {
        "key": found.key, "columns": (found.added_columns, found.dropped_columns, found.renamed_columns),
        "rows": (len(found.added), len(found.deleted), [(row.key, row.cells) for row in found.changed]),
    }  # fmt: skip


def test_columns_keys_and_cells() -> None:
    table = "id,name,size\n1,a,3\n2,b,4\n"
    assert told(table, "id,title,size\n1,a,3\n2,b,4\n")["columns"] == ((), (), (("name", "title"),))
    assert told(table, "w,id,title,size\n9,1,a,3\n8,2,b,5\n") == {
        "key": ("id",),
        "columns": (("w",), (), (("name", "title"),)),
        "rows": (0, 0, [(("2",), (("size", "4", "5"),))]),
    }
    assert told(table, "id,size\n2,4\n1,3\n") == {
        "key": ("id",), "columns": ((), ("name",), ()), "rows": (0, 0, []),
    }  # fmt: skip
    assert told(table, "id,name,size\r\n1,a,3\r\n2,b,4\r\n")["rows"] == (0, 0, [])  # only other line ends
    twice = "k,v\nx,1\nx,2\n"
    assert told(twice, "k,v\nx,1\nx,3\n", key=("k",))["rows"] == (0, 0, [(("x",), (("v", "2", "3"),))])
    assert told("a\tb\n1\t2\n", "a\tb\n1\t3\n", "tsv")["rows"] == (0, 0, [(("1",), (("b", "2", "3"),))])
    lines = [json.dumps({"id": number, "deep": {"x": [number]}}) + "\n" for number in range(3)]
    assert told("".join(lines), lines[0] + lines[1].replace("[1]", "[7]") + lines[2], "jsonl")["rows"] == (
        0, 0, [(("1",), (("deep", '{"x": [1]}', '{"x": [7]}'),))],
    )  # fmt: skip
    assert told("", table)["rows"] == (2, 0, [])


def test_what_is_no_table_is_said() -> None:
    with pytest.raises(NotText, match="NUL"):
        told("a,b\n1,\0\n", "a,b\n")
    with pytest.raises(NotText, match="no JSON"):
        told("{\n", "[]\n", "jsonl")
    with pytest.raises(NotText, match="more than 8 MiB"):
        compare([Run([b'a,b\n"'] + [b"x" * (1 << 20)] * 9)], "csv")
    with pytest.raises(UsageError, match="no column q"):
        told("a\n1\n", "a\n2\n", key=("q",))
