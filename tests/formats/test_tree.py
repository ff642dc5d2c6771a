"""Trees: a Merkle tree of directories, read back as it was written."""

import struct

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st
from test_pointer import listings

from gitdata.errors import BadFormat, GitDataError
from gitdata.formats import tree
from gitdata.formats.differing import differing
from gitdata.formats.names import collisions
from gitdata.formats.tree import Entry, Listing
from gitdata.ids import BlobId
from gitdata.worktree.merging import decide

BLOB = blake3(b"x").digest()


def by_hand(entries: list[tuple[bytes, int, int, bytes]]) -> bytes:
    """A tree spelled from the table of docs/format.md."""
    rows = [struct.pack("<BQ32sH", kind, size, blob, len(name)) + name for name, kind, size, blob in entries]
    return b"gitdata tree 1\n" + b"".join(rows)


def test_the_encoding_is_the_documented_one() -> None:
    inner = by_hand([(b"x.txt", 1, 1, BLOB)])
    outer = by_hand([(b"run", 2, 1, BLOB), (b"sub", 4, len(inner), blake3(inner).digest())])
    forest = tree.build({b"sub/x.txt": Entry("file", 1, BLOB), b"run": Entry("exec", 1, BLOB)})
    assert forest.root == blake3(outer).digest()
    assert set(forest.trees.values()) == {inner, outer}


@given(listings())
def test_build_and_flatten_are_each_others_inverse(listing: Listing) -> None:
    forest = tree.build(listing)
    assert tree.flatten(forest.root, forest.trees.__getitem__) == listing
    for identifier, encoded in forest.trees.items():
        assert blake3(encoded).digest() == identifier
        assert tree.encode_tree(tree.decode_tree(encoded)) == encoded


@given(listings())
def test_everything_of_a_version_is_reachable(listing: Listing) -> None:
    forest = tree.build(listing)
    files = {entry.id for entry in listing.values() if entry.kind != "dir"}
    assert tree.reachable(forest.root, forest.trees.__getitem__) == files | forest.trees.keys()


@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_an_error(data: bytes) -> None:
    for candidate in (data, tree.MAGIC + data):
        try:
            entries = tree.decode_tree(candidate)
        except GitDataError:
            continue
        assert tree.encode_tree(entries) == candidate


def test_empty_directories_are_kept_at_every_depth() -> None:
    empty = tree.build({})
    entry = Entry("dir", len(tree.MAGIC), empty.root)
    listing = {b"a": entry, b"b/c": entry}
    forest = tree.build(listing)
    assert tree.flatten(forest.root, forest.trees.__getitem__) == listing


def test_a_name_that_is_file_and_directory_is_refused() -> None:
    entry = Entry("file", 1, BLOB)
    with pytest.raises(BadFormat, match="both"):
        tree.build({b"a": entry, b"a/b": entry})


def test_trees_nested_without_end_are_refused() -> None:
    encoded = by_hand([(b"again", 4, 63, BLOB)])
    assert len(encoded) == 63
    with pytest.raises(BadFormat, match="deep"):
        tree.flatten(BLOB, lambda _tree: encoded)


def changed(listing: Listing, data: st.DataObject) -> Listing:
    """The listing with some of it replaced, taken out or put in."""
    kept = {path: entry for path, entry in listing.items() if data.draw(st.booleans())}
    new = data.draw(listings(max_size=5))
    return {
        path: entry
        for path, entry in {**kept, **new}.items()
        if not any(other.startswith(path + b"/") for other in {**kept, **new})
    }


@given(listings(), st.data())
def test_what_differs_between_two_versions_is_all_that_has_to_be_changed(before: Listing, data: st.DataObject) -> None:
    after = changed(before, data)
    old, new = tree.build(before), tree.build(after)
    trees = {**old.trees, **new.trees}
    some, others = differing(old.root, new.root, trees.__getitem__)
    assert decide(some, some, others) == decide(before, before, after)
    if not collisions(after):
        assert not [path for path in after if before.get(path) == after[path] and path in others]
    elif not collisions(before):
        assert collisions(others)


def test_names_that_a_new_one_could_be_taken_for_are_there() -> None:
    entry = Entry("file", 1, BLOB)
    before = {b"a/readme": entry, b"a/other": entry, b"b/same": entry}
    for new, there in ((b"a/README", {b"a/README", b"a/readme", b"a/other"}), (b"B/x", {b"B/x", b"a", b"b"})):
        old, now = tree.build(before), tree.build({**before, new: entry})
        _some, others = differing(old.root, now.root, {**old.trees, **now.trees}.__getitem__)
        assert others.keys() == there and len(collisions(others)) == 1
    old, now = tree.build(before), tree.build({**before, b"a/new": entry})
    assert differing(old.root, now.root, {**old.trees, **now.trees}.__getitem__) == ({}, {b"a/new": entry})


def test_a_directory_that_is_the_same_in_both_is_not_read() -> None:
    entry = Entry("file", 1, BLOB)
    old = tree.build({b"a/b/same": entry, b"a/c/x": entry, b"d/same": entry})
    new = tree.build({b"a/b/same": entry, b"a/c/y": entry, b"d/same": entry})
    read: list[bytes] = []

    def reading(identifier: BlobId) -> bytes:
        read.append(identifier)
        return {**old.trees, **new.trees}[identifier]

    some, others = differing(old.root, new.root, reading)
    assert some.keys() == {b"a/c/x"} and others.keys() == {b"a/c/y"}
    assert len(read) == 6  # the root, a and a/c of both


def test_two_versions_nested_without_end_or_too_wide_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = by_hand([(b"again", 4, 15, BLOB)])
    other = by_hand([(b"again", 4, 15, blake3(b"y").digest())])
    with pytest.raises(BadFormat, match="deep"):
        differing(BLOB, blake3(b"y").digest(), lambda identifier: one if identifier == BLOB else other)
    monkeypatch.setattr("gitdata.formats.tree.MAX_ENTRIES", 3)
    old = tree.build({b"f%d" % number: Entry("file", 1, BLOB) for number in range(4)})
    new = tree.build({b"f%d" % number: Entry("file", 2, BLOB) for number in range(4)})
    with pytest.raises(BadFormat, match="more than 3 entries"):
        differing(old.root, new.root, {**old.trees, **new.trees}.__getitem__)
