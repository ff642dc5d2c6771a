"""Runs of chunks that two blobs share."""

from hypothesis import given
from hypothesis import strategies as st

from gitdata.store.in_common import stretches
from gitdata.store.parts import Piece, pieces

CHUNKS = st.lists(st.integers(0, 12), max_size=30).map(lambda ids: pieces((bytes([one]), one + 1) for one in ids))  # type: ignore[misc]


@given(CHUNKS, CHUNKS)
def test_all_pieces_of_both_in_order_and_the_same_ones_together(before: list[Piece], after: list[Piece]) -> None:
    found = list(stretches(before, after))
    assert [piece for one in found for piece in one.before] == before
    assert [piece for one in found for piece in one.after] == after
    for one in found:
        same = [piece.chunk for piece in one.before] == [piece.chunk for piece in one.after]
        assert one.before or one.after
        assert same or not one.same
    if before == after and len({piece.chunk for piece in before}) == len(before) > 0:
        assert len(found) == 1 and found[0].same
