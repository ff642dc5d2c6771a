"""Chunks keep the labels that they were given, and their bytes are counted once, by what needs them."""

import hashlib
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from gitdata.formats.pack import Frame
from gitdata.ids import ChunkId
from gitdata.store.labelled import Labelled

CHUNKS = [ChunkId(hashlib.sha256(bytes([number])).digest()) for number in range(12)]
chunks = st.sampled_from(CHUNKS)


@given(st.lists(st.tuples(st.lists(chunks), st.sampled_from("abc"))), st.lists(st.tuples(chunks, st.integers(0, 99))))
def test_labels_are_those_that_were_given(
    given: list[tuple[list[ChunkId], str]], frames: list[tuple[ChunkId, int]]
) -> None:
    labelled, expected = Labelled[str](), defaultdict[ChunkId, set[str]](set)
    for some, label in given:
        labelled.add(some, label)
        for chunk in some:
            expected[chunk].add(label)
    assert {chunk: labelled.labels(chunk) for chunk in CHUNKS if chunk in labelled} == expected
    with_b = labelled.having("b")
    assert set(with_b) == {chunk for chunk, labels in expected.items() if "b" in labels}
    assert [chunk in with_b for chunk in CHUNKS] == ["b" in expected.get(chunk, ()) for chunk in CHUNKS]
    first = dict(reversed(frames))
    sizes: Counter[frozenset[str]] = Counter()
    for chunk, size in first.items():
        sizes[frozenset(expected.get(chunk, ()))] += size
    assert Counter(labelled.stored(Frame(chunk, 0, size, size) for chunk, size in frames)) == sizes
