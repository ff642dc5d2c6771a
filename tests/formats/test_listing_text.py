"""Looking into pointers and directories without parsing them, against parsing them."""

from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from gitdata.formats import pointer
from gitdata.formats.listing_text import line_of, lines_below, total, trimmed
from gitdata.formats.seek import seek
from gitdata.formats.tree import Entry, Listing, build, decode_tree
from gitdata.ids import BlobId

NAMES = st.sampled_from(["a", "b", "a b", "1 file b", "listing", "1", 'q"', "ä", "\udcff", "\n", "a.b", "file", "sub"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/".join(parts).encode("utf-8", "surrogateescape"))


def made(sizes: dict[bytes, int]) -> Listing:
    """A listing in which no path lies below another."""
    kept: Listing = {}
    for path, size in sorted(sizes.items()):
        if not any(path.startswith(other + b"/") or other.startswith(path + b"/") for other in kept):
            kept[path] = Entry("file", size, BlobId(blake3(b"%d" % size).digest()))
    return kept


LISTINGS = st.dictionaries(PATHS, st.integers(0, 9), max_size=12).map(made)


@given(LISTINGS, PATHS)
def test_lines_are_those_of_the_parsed_listing(listing: Listing, path: bytes) -> None:
    text = pointer.encode(listing, "listing")
    head = text.partition(b"\n")[0] + b"\n"
    try:
        line, below = line_of(text, path), lines_below(text, path)
    except ValueError:
        assert not path.decode("utf-8", "surrogateescape").isascii() or set(path) & set(b'"\n')
        return
    found = pointer.parse(head + line).listing if line is not None else {}
    assert found == {name: entry for name, entry in listing.items() if name == path}
    inside = {name: entry for name, entry in listing.items() if name.startswith(path + b"/")}
    assert pointer.parse(head + below).listing == inside
    assert total(below) == sum(entry.size for entry in inside.values())
    assert pointer.parse(head + lines_below(text, b"")).listing == listing


@given(LISTINGS, LISTINGS)
def test_what_two_listings_have_in_common_is_left_out(one: Listing, other: Listing) -> None:
    found = [pointer.parse(text).listing for text in trimmed(*(pointer.encode(x, "listing") for x in (one, other)))]
    assert found == [dict(one.items() - other.items()), dict(other.items() - one.items())]
    tree = pointer.encode(one, "tree")
    assert trimmed(tree, pointer.encode(other, "listing")) == (tree, pointer.encode(other, "listing"))


@given(LISTINGS, NAMES)
def test_a_name_is_found_in_a_directory(listing: Listing, name: str) -> None:
    for data in build(listing).trees.values():
        for wanted in (name.encode("utf-8", "surrogateescape"), b"", b"\xff", b"zz"):
            assert seek(data, wanted) == dict(decode_tree(data)).get(wanted)
