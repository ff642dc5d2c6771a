"""The stat cache: what was saved is found, row by row and as a whole, and nothing else ever is."""

import marshal
import sys
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from gitdata.worktree import statcache
from gitdata.worktree.statcache import Lookup, Rows

MARK = b"mark"
NAMES = st.lists(st.sampled_from([b"a", b"b", b"b-", b"b.x", b"b0", b"c", b"\xff"]), min_size=1, max_size=4).map(
    b"/".join
)


def rows_of(paths: set[bytes], seed: int = 0) -> Rows:
    return {path: ((1, number + seed, 2**62, 4, 5, 33188), bytes(32)) for number, path in enumerate(sorted(paths))}


@given(st.sets(NAMES, max_size=40), st.sets(NAMES, max_size=8), st.integers(1, 7))
def test_what_was_saved_is_found(
    tmp_path_factory: pytest.TempPathFactory, paths: set[bytes], later: set[bytes], part: int
) -> None:
    file = tmp_path_factory.mktemp("cache") / "rows"
    saved, added = rows_of(paths), rows_of(later, seed=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statcache, "_PART", part)
        patch.setattr(statcache, "_MOST_PARTS", 2)
        statcache.save(file, dict(reversed(saved.items())), MARK)
        statcache.add(file, added, MARK)
        expected = {**saved, **added}
        found = Lookup(file, MARK)
        for path in [*expected, b"", b"b/", b"zz", b"b/nothing"]:
            assert found.get(path) == expected.get(path)
        for directory in [b"a", b"b", b"b/b", b"b-", b"\xff", b"nothing"]:
            assert set(found.below(directory)) == {path for path in expected if path.startswith(directory + b"/")}
        assert found.all() == statcache.load(file, MARK) == expected
        assert statcache.load(file, b"other") == Lookup(file, b"other").all() == {}


def test_a_file_of_the_version_before_is_known(tmp_path: Path) -> None:
    rows = rows_of({b"a", b"b/c", b"b/d"})
    parts = [
        marshal.dumps(part, 2)
        for part in ((3, sys.hexversion, MARK), dict(list(rows.items())[:2]), {b"b/d": rows[b"b/d"]})
    ]
    payload = b"".join(len(part).to_bytes(4, "little") + part for part in parts)
    (tmp_path / "rows").write_bytes(blake3(payload).digest() + payload)
    found = Lookup(tmp_path / "rows", MARK)
    assert (found.get(b"b/d"), set(found.below(b"b")), found.all()) == (rows[b"b/d"], {b"b/c", b"b/d"}, rows)
    statcache.add(tmp_path / "rows", rows_of({b"new"}), MARK)
    assert statcache.load(tmp_path / "rows", MARK) == {**rows, **rows_of({b"new"})}


def test_a_flipped_byte_or_a_lost_end_finds_less_and_never_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statcache, "_PART", 2)
    file, rows = tmp_path / "rows", rows_of({b"a", b"b", b"c", b"d", b"e"})
    statcache.save(file, rows, MARK)
    whole = file.read_bytes()
    for place in range(0, len(whole), 3):
        for damaged in (whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], whole[:place]):
            file.write_bytes(damaged)
            found = Lookup(file, MARK)
            assert all(found.get(path) in (None, row) for path, row in rows.items())
            assert found.all().items() <= rows.items()


def test_a_file_that_is_replaced_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statcache, "_PART", 2)
    file = tmp_path / "rows"
    statcache.save(file, rows_of({b"a", b"b", b"c"}), MARK)
    found = Lookup(file, MARK)
    statcache.save(file, rows_of({b"a", b"b", b"c"}, seed=7), MARK)
    assert found.get(b"a") is None
    file.unlink()
    assert found.get(b"c") is None and found.all() == {}
