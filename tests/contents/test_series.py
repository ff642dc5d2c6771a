"""Series of numbers in tables and JSON: what they mean, and what somebody may have made of them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents.series import Axes, read
from gitdata.contents.thinning import Point, Thinned
from gitdata.errors import NotParsed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'epoch,"a,b",word\n0,1,x\n1,,y\n2,nan,z\n3,5,w\n'),
        ("a.tsv", "epoch\ta,b\tword\n0\t1\tx\n1\t\ty\n2\t-inf\tz\n3\t5\tw\n"),
        ("a.jsonl", '{"epoch":0,"a,b":1}\n\n{"epoch":1}\n{"epoch":2,"a,b":"NaN"}\n{"epoch":3,"a,b":5,"l":[1]}\n'),
        ("a.json", '{"run": {"log": {"epoch": [0, 1, 2, 3], "a,b": [1, null, Infinity, 5], "word": "x"}}}'),
        ("a.json", '[{"epoch": 0, "a,b": 1}, {"epoch": 1}, {"epoch": 2, "a,b": NaN}, {"epoch": 3, "a,b": 5}]'),
    ],
)
def test_every_kind_means_the_same(name: str, text: str) -> None:
    found = read(name.encode(), [text[:9].encode(), text[9:].encode()], Axes())
    assert (found.x, found.x_type, found.rows) == ("epoch", "number", 4)
    (series,) = found.series
    assert (series.column, series.points, series.left_out) == ("a,b", ((0.0, 1.0), (3.0, 5.0)), 1)


def test_the_other_axis() -> None:
    def x(cells: list[str], **axes: object) -> object:
        found = read(b"a.csv", [b"x,y\n", *(f"{cell},1\n".encode() for cell in cells)], Axes(**axes))
        return found.x, found.x_type, [point[0] for point in found.series[0].points]

    assert x(["2", "1e3"]) == ("x", "number", [2.0, 1000.0])
    assert x(["1", "b"]) == ("x", "text", ["1", "b"])
    assert x(["2026-01-01", "2026-01-01T02:00:00+02:00", "2026-01-02T00:00:00Z"]) == (
        "x", "time", ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"],
    )  # fmt: skip
    assert x(["a", "b"], y=("x", "y")[1:], x="x")[1] == "text"
    assert x(["5", "6"], y=("x",)) == ("", "number", [0.0, 1.0])
    wide = read(b"a.csv", [b",".join(b"c%d" % n for n in range(30)), b"\n", b",".join([b"1"] * 30)], Axes())
    assert len(wide.series) == 24 and wide.more == tuple(f"c{n}" for n in range(24, 30))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300), st.integers(10, 40))
def test_thinning_keeps_ends_and_peaks(values: list[float], limit: int) -> None:
    line = Thinned(limit)
    for row, value in enumerate(values):
        line.add(Point(row, row, value))
    kept = line.points()
    assert len(kept) <= limit and kept == sorted(kept) and all(values[point.row] == point.y for point in kept)
    assert {0, len(values) - 1} <= {point.row for point in kept}
    assert {min(values), max(values)} <= {point.y for point in kept}
    assert len(values) > limit - 2 or len(kept) == len(values)


@given(st.sampled_from([b"a.csv", b"a.json", b"a.jsonl"]), st.binary(max_size=200))
def test_any_bytes_give_series_or_an_error(name: bytes, data: bytes) -> None:
    with contextlib.suppress(NotParsed):
        found = read(name, [data], Axes())
        assert all(math.isfinite(y) for series in found.series for _x, y in series.points)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50, b"[[1]]", b'"x"', b"1" * 5000])
def test_hostile_json_is_one_error(text: bytes) -> None:
    with pytest.raises(NotParsed) as caught:
        read(b"a.json", [text], Axes())
    assert "\n" not in str(caught.value)
