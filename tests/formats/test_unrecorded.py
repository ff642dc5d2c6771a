"""Pointers that tell of edits: for Git and for people, never for a commit."""

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st
from test_format_document import example

from gitdata.errors import BadPointer
from gitdata.formats import pointer
from gitdata.formats.unrecorded import SHOWN, Line, base_of, encode, is_unrecorded
from gitdata.ids import RootId

BASE = RootId(blake3(b"base").digest())


def test_the_example() -> None:
    text = example("pointer-unrecorded")
    lines = [Line(b"run\there.pt", "added", 20 << 20), Line(b"b.csv", "deleted", 10), Line(b"a.csv", "modified", 4096)]
    base = base_of(text.encode())
    assert base is not None and text.encode() == encode(base, lines, 3, unlike=0)


@given(st.sets(st.binary(min_size=1, max_size=20), min_size=1, max_size=300), st.integers(0, 2**50))
def test_it_tells_what_it_can(paths: set[bytes], size: int) -> None:
    lines = [Line(path, "modified", size) for path in paths]
    text = encode(BASE, lines, len(lines), unlike=0)
    assert is_unrecorded(text) and base_of(text) == BASE
    assert text.count(b"\nM ") == min(len(paths), SHOWN)
    assert (b"and %d more\n" % (len(paths) - SHOWN) in text) is (len(paths) > SHOWN)
    other = encode(BASE, lines, len(lines), unlike=len(text))
    assert len(other) != len(text) and base_of(other) == BASE
    assert text == encode(BASE, reversed(lines), len(lines), unlike=len(text) + 1)


def test_it_is_no_pointer_of_a_version() -> None:
    text = encode(BASE, [Line(b"a", "added", 1)], 1, unlike=0)
    with pytest.raises(BadPointer, match="never recorded") as raised:
        pointer.parse(text)
    assert "git data add" in raised.value.hint
    assert pointer.form_of(text) is None


@pytest.mark.parametrize("text", [b"", b"gitdata pointer 1 unrecorded\n", b"gitdata pointer 1 listing\n", b"x\n" * 9])
def test_without_a_base(text: bytes) -> None:
    assert base_of(text) is None
