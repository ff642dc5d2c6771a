"""A merge of what differs comes to the version to which a merge of the whole listings comes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitdata.formats import pointer
from gitdata.formats.tree import Entry, Listing, build, count_files, flatten, total_size
from gitdata.ids import BlobId
from gitdata.ops.merging.merge import ASIDE, merge_listings
from gitdata.ops.merging.narrowed import narrowed
from gitdata.store.store import Store

EMPTY = build({})
EMPTY_DIRECTORY = Entry("dir", len(EMPTY.trees[BlobId(EMPTY.root)]), BlobId(EMPTY.root))
NAMES = [b"a", b"B", b"b", b"a.theirs", b"a.ours"]
names = st.sampled_from(NAMES)
ids = st.integers(0, 3).map(lambda number: BlobId(bytes([number]) * 32))
files = st.builds(Entry, st.sampled_from(["file", "exec", "link"]), st.integers(0, 3), ids)
entries = st.one_of(files, st.just(EMPTY_DIRECTORY))
paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)


def sound(listing: Listing) -> Listing:
    """Without what lies below a file, and without directories that are not empty."""
    above = {b"/".join(path.split(b"/")[:depth]) for path in listing for depth in range(1, path.count(b"/") + 1)}
    kept = {path: entry for path, entry in listing.items() if path not in above}
    return kept or {b"only": Entry("file", 1, BlobId(b"o" * 32))}


listings = st.dictionaries(paths, entries, max_size=6).map(sound)
Edits = dict[bytes, Entry | None]
edits = st.dictionaries(paths, st.one_of(entries, st.none()), max_size=4)


def edited(listing: Listing, changes: Edits) -> Listing:
    after = dict(listing)
    for path, entry in changes.items():
        after.pop(path, None)
        if entry is not None:
            after[path] = entry
    return sound(after)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store", fsync=False) as store:
        yield store


@settings(max_examples=150, deadline=None)
@given(listings, edits, edits)
def test_it_comes_to_the_same(store: Store, base: Listing, mine: Edits, other: Edits) -> None:
    three = base, edited(base, mine), edited(base, other)
    forests = [build(listing) for listing in three]
    with store.ingest() as ingest:
        for forest in forests:
            for tree in forest.trees.values():
                ingest.add(tree)
    texts = [pointer.encode(listing, "tree") for listing in three]
    near = narrowed(store, [pointer.parse(text) for text in texts], tuple(ASIDE))
    assert near is not None
    merged, conflicts = merge_listings(*near.listings)
    whole, all_conflicts = merge_listings(*three)
    assert conflicts == all_conflicts
    text = near.text(merged, texts, 0)
    if text is None:
        assert any(path.endswith((b".theirs", b".ours")) for listing in three for path in listing)
        return
    forest = build(whole)
    assert text == pointer.encode_tree_form(forest.root, count_files(whole), total_size(whole))
    assert flatten(forest.root, store.tree) == whole


def test_what_is_the_same_in_all_is_not_read(store: Store) -> None:
    names = [b"%d/%d" % (folder, number) for folder in range(50) for number in range(9)]
    base = {path: Entry("file", 1, BlobId(bytes([number % 256]) * 32)) for number, path in enumerate(names)}
    mine = {**base, b"7/3": Entry("file", 2, BlobId(b"m" * 32))}
    other = {**base, b"9/new": Entry("file", 3, BlobId(b"o" * 32)), b"7/3": Entry("file", 4, BlobId(b"t" * 32))}
    texts, read = [pointer.encode(listing, "tree") for listing in (base, mine, other)], []
    with store.ingest() as ingest:
        for listing in (base, mine, other):
            for tree in build(listing).trees.values():
                ingest.add(tree)

    class Reading(Store):
        def tree(self, blob: BlobId) -> bytes:
            read.append(blob)
            return super().tree(blob)

    with Reading.open(store.directory, fsync=False) as counting:
        near = narrowed(counting, [pointer.parse(text) for text in texts], tuple(ASIDE))
        assert near is not None
        merged, conflicts = merge_listings(*near.listings)
        assert conflicts == (b"7/3",)
        assert merged.keys() == {b"7/3", b"7/3.theirs", b"9/new"}
        assert near.text(merged, texts, 0) is not None
    assert len(set(read)) <= 9  # of 153
