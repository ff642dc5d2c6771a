"""Trees: a Merkle tree of directories, read back as it was written."""

import struct

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st
from test_pointer import listings

from gitdata.errors import BadFormat, GitDataError
from gitdata.formats import tree
from gitdata.formats.tree import Entry, Listing

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
    encoded = by_hand([(b"again", 4, 15, BLOB)])
    with pytest.raises(BadFormat, match="deep"):
        tree.flatten(BLOB, lambda _tree: encoded)
