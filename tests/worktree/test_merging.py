"""Three-way decisions: the table of what changed where, and paths that clash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.formats.tree import Entry, Listing
from gitdata.ops.merging.merge import merge_listings
from gitdata.worktree.merging import decide

A, B, C = (Entry("file", n, bytes([n]) * 32) for n in (1, 2, 3))
NONE = None


def listing(entry: Entry | None) -> Listing:
    return {} if entry is None else {b"f": entry}


@pytest.mark.parametrize(
    ("base", "here", "target", "outcome"),
    [
        (A, A, A, "nothing"),
        (A, A, B, "write"),
        (A, A, NONE, "delete"),
        (A, B, A, "kept"),
        (A, B, B, "nothing"),
        (A, B, C, "conflict"),
        (A, B, NONE, "conflict"),
        (A, NONE, A, "kept"),
        (A, NONE, NONE, "nothing"),
        (A, NONE, B, "conflict"),
        (NONE, NONE, A, "write"),
        (NONE, A, NONE, "kept"),
        (NONE, A, A, "nothing"),
        (NONE, A, B, "conflict"),
    ],
)
def test_the_table(base: Entry | None, here: Entry | None, target: Entry | None, outcome: str) -> None:
    changes = decide(listing(base), listing(here), listing(target))
    found = {
        "write": bool(changes.write), "delete": bool(changes.delete), "kept": bool(changes.kept),
        "conflict": bool(changes.conflicts),
    }  # fmt: skip
    assert {key for key, holds in found.items() if holds} == ({outcome} - {"nothing"})
    forced = decide(listing(base), listing(here), listing(target), force=True)
    # What no version has recorded is never deleted.
    unrecorded = outcome == "kept" and base is target is NONE
    assert forced.conflicts == [] and forced.kept == ([b"f"] if unrecorded else [])
    assert (b"f" in forced.write) == (target is not None and here != target)


def test_an_unknown_base_never_deletes_and_never_overwrites() -> None:
    changes = decide(None, {b"mine": A, b"both": B}, {b"both": C, b"new": A})
    assert changes.delete == {}
    assert set(changes.write) == {b"new"}
    assert changes.conflicts == [b"both"]


def test_a_directory_with_kept_files_is_not_replaced_by_a_file() -> None:
    changes = decide({b"d/a": A}, {b"d/a": A, b"d/local": B}, {b"d": C})
    assert changes.write == {} and changes.delete == {}
    assert changes.conflicts == [b"d"]


def test_a_kept_file_is_not_replaced_by_a_directory() -> None:
    changes = decide({}, {b"d": A}, {b"d/x": B})
    assert changes.write == {} and changes.conflicts == [b"d/x"]


entries = st.sampled_from([A, B, C])
paths = st.sampled_from([b"a", b"b", b"c/x", b"c/y", b"d/e/f"])
some = st.dictionaries(paths, entries, max_size=5)


@given(some, some, some)
def test_no_local_edit_is_ever_lost(base: Listing, here: Listing, target: Listing) -> None:
    changes = decide(base, here, target)
    after = {path: entry for path, entry in here.items() if path not in changes.delete} | changes.write
    for path, entry in here.items():
        if entry != base.get(path) and entry != target.get(path):
            assert after.get(path) == entry
    if not changes.conflicts and not changes.kept:
        assert after == target


@given(some, some, some)
def test_merging_listings_loses_no_side(base: Listing, ours: Listing, theirs: Listing) -> None:
    merged, conflicts = merge_listings(base, ours, theirs)
    kept = set(merged.values())
    for path in ours.keys() | theirs.keys():
        mine, other = ours.get(path), theirs.get(path)
        if mine == base.get(path):
            assert merged.get(path) == other
        elif other == base.get(path):
            assert merged.get(path) == mine
        elif mine != other:
            assert path in conflicts
            assert {side for side in (mine, other) if side} <= kept


@given(some, some)
def test_merging_with_an_unchanged_side_takes_the_other(base: Listing, ours: Listing) -> None:
    assert merge_listings(base, ours, base) == (ours, ())
    assert merge_listings(base, base, ours) == (ours, ())


def test_file_against_directory_is_a_conflict_that_keeps_both() -> None:
    merged, conflicts = merge_listings({}, {b"x": A}, {b"x/y": B})
    assert conflicts == (b"x",)
    assert set(merged.values()) == {A, B}
