"""What a version has that the one before has not, compared with a full reading of both."""

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st
from test_pointer import listings
from test_tree import BLOB, by_hand, changed

from gitdata.errors import BadFormat
from gitdata.formats import tree
from gitdata.formats.additions import Additions, additions
from gitdata.formats.tree import Entry, Listing, reachable
from gitdata.ids import BlobId


def named(text: str) -> Entry:
    return Entry("file", len(text), BlobId(blake3(text.encode()).digest()))


def between(before: Listing, after: Listing) -> tuple[Additions, set[BlobId], set[BlobId], list[BlobId]]:
    """The additions, all blobs of both versions, and the trees that were read."""
    old, new = tree.build(before), tree.build(after)
    trees = {**old.trees, **new.trees}
    read: list[BlobId] = []

    def reading(identifier: BlobId) -> bytes:
        read.append(identifier)
        return trees[identifier]

    found = additions(old.root, new.root, reading)
    get = trees.__getitem__
    return found, reachable(old.root, get), reachable(new.root, get), read


@given(listings(), st.data())
def test_what_is_not_named_was_there_before(before: Listing, data: st.DataObject) -> None:
    found, had, has, _read = between(before, changed(before, data))
    assert has <= had | found.added
    assert found.added <= has and found.gone <= had
    assert not found.added & found.gone


def test_only_directories_on_the_way_to_what_differs_are_read() -> None:
    before = {f"d{n}/e{m}/f".encode(): named(f"{n} {m}") for n in range(20) for m in range(20)}
    after = {**before, b"d3/e4/f": named("edited")}
    found, had, has, read = between(before, after)
    assert len(read) == 6  # the top, d3 and d3/e4 of both
    assert found.added == has - had and len(found.added) == 4
    assert found.gone == had - has and len(found.gone) == 4


def test_a_directory_that_was_moved_is_not_read_and_not_named() -> None:
    before = {f"d/e{m}/f".encode(): named(f"{m}") for m in range(20)} | {b"x": named("x")}
    after = {path.replace(b"d/", b"other/deeper/"): entry for path, entry in before.items()}
    found, had, has, read = between(before, after)
    assert found.added == has - had and len(found.added) == 2  # the top and `other`
    assert len(read) == 3
    edited, had, has, _read = between(before, {**after, b"other/deeper/e0/f": named("edited")})
    assert edited.added == has - had and len(edited.added) == 5


def test_a_file_that_held_the_bytes_of_a_tree_is_no_such_tree() -> None:
    inner = tree.build({b"a": named("a"), b"b": named("b")})
    encoded = inner.trees[BlobId(inner.root)]
    before = {b"x": Entry("file", len(encoded), BlobId(inner.root)), b"gone": named("gone")}
    found, _had, _has, _read = between(before, {b"x/a": named("a"), b"x/b": named("b")})
    assert {named("a").id, named("b").id} <= found.added and inner.root not in found.added


def test_versions_that_lie_or_never_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = BlobId(blake3(b"y").digest())
    inner = by_hand([(b"x", 1, 1, BLOB)])
    lie = by_hand([(b"d", 4, len(inner) + 1, blake3(inner).digest())])
    turns = {BLOB: by_hand([]), other: lie, blake3(inner).digest(): inner}
    with pytest.raises(BadFormat, match=f"a tree has {len(inner)} bytes, {len(inner) + 1} by the one above it"):
        additions(BLOB, other, turns.__getitem__)

    def endless(identifier: BlobId) -> bytes:
        return by_hand([(b"again", 4, 63, BlobId(blake3(identifier).digest()))])

    with pytest.raises(BadFormat, match="deep"):
        additions(BLOB, other, endless)
    monkeypatch.setattr("gitdata.formats.additions.MAX_ENTRIES", 3)
    with pytest.raises(BadFormat, match="more than 3 entries"):
        between({}, {f"f{n}".encode(): named(f"{n}") for n in range(9)} | {b"d/x": named("x")})
