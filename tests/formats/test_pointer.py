"""Pointers: one encoding, everything else refused with a reason."""

import hashlib

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from gitdata.errors import BadPointer, GitDataError
from gitdata.formats import pointer
from gitdata.formats.tree import Entry, Listing

EMPTY_TREE = blake3(b"gitdata tree 1\n").digest()


def listings(max_size: int = 12) -> st.SearchStrategy[Listing]:
    names = (
        st.binary(min_size=1, max_size=8)
        .filter(
            lambda name: (
                b"/" not in name and b"\0" not in name and name not in (b".", b"..") and b"git" not in name.lower()
            )
        )
        .filter(lambda name: b"\\" not in name and name[0] not in b".gG\xe2\xef")
    )
    paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)
    entries = st.builds(
        Entry, st.sampled_from(["file", "exec", "link"]), st.integers(0, 2**40), st.binary(min_size=32, max_size=32)
    )

    def without_nesting(found: Listing) -> Listing:
        return {
            path: entry for path, entry in found.items() if not any(other.startswith(path + b"/") for other in found)
        }

    return st.dictionaries(paths, entries, max_size=max_size).map(without_nesting)


@given(listings())
def test_a_listing_comes_back_and_has_one_spelling(listing: Listing) -> None:
    text = pointer.encode(listing, "listing")
    value = pointer.parse(text)
    assert value.listing == listing
    assert value.files == len(listing)
    assert pointer.encode(value.listing, value.form) == text


@given(listings())
def test_both_forms_name_the_same_root(listing: Listing) -> None:
    as_listing = pointer.parse(pointer.encode(listing, "listing"))
    as_tree = pointer.parse(pointer.encode(listing, "tree"))
    assert as_listing.root() == as_tree.root()
    assert (as_listing.files, as_listing.size) == (as_tree.files, as_tree.size)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_pointer_or_one_kind_of_error(data: bytes) -> None:
    try:
        value = pointer.parse(data)
    except BadPointer:
        return
    assert pointer.encode(value.listing or {}, value.form) == data or value.form == "tree"


@given(listings(), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_a_changed_pointer_is_another_pointer_or_an_error(listing: Listing, place: int, junk: bytes) -> None:
    text = pointer.encode(listing, "listing")
    place %= len(text) + 1
    changed = text[:place] + junk + text[place:]
    try:
        value = pointer.parse(changed)
    except GitDataError:
        return
    assert value.listing is not None and pointer.encode(value.listing, value.form) == changed


def line(path: bytes, size: int = 1, kind: bytes = b"file") -> bytes:
    return b"%s %d %s %s\n" % (hashlib.sha256(path).hexdigest().encode(), size, kind, path)


HEAD = b"gitdata pointer 1 listing\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not a pointer"),
        (b"version https://example.com\n", "not a pointer"),
        (b"gitdata pointer 1 listing", "cut off"),
        (b"gitdata pointer 2 listing\n", "version"),
        (b"gitdata pointer 1 table\n", "version or form"),
        (HEAD.replace(b"\n", b"\r\n"), "CRLF"),
        (b"<<<<<<< HEAD\n" + HEAD, "conflict markers"),
        (HEAD + line(b"a") + b"=======\n" + line(b"b"), "conflict markers"),
        (HEAD + line(b"b") + line(b"a"), "line 3"),
        (HEAD + line(b"a") + line(b"a"), "line 3"),
        (HEAD + line(b"a")[:-1], "does not end"),
        (HEAD + b"\n", "line 2"),
        (HEAD + line(b"a", kind=b"pipe"), "unknown kind"),
        (HEAD + line(b"a", kind=b"dir"), "not empty"),
        (HEAD + line(b"a").replace(b" 1 ", b" 01 "), "not a number"),
        (HEAD + line(b"a").replace(b" 1 ", b" -1 "), "not a number"),
        (HEAD + line(b"a").upper(), "line 2"),
        (HEAD + line(b"../a"), "unsafe name"),
        (HEAD + line(b"x/.git/config"), "unsafe name"),
        (HEAD + line(b"/etc/passwd"), "unsafe name"),
        (HEAD + line(b"a") + line(b"a/b"), "both in the pointer"),
        (HEAD + line(b'"a"'), "not spelled"),
        (HEAD + line(b'"a\\n'), "does not end"),
        (b"gitdata pointer 1 tree\n", "tree form"),
        (b"gitdata pointer 1 file\n", "file form"),
    ],
)
def test_what_is_refused_and_why(text: bytes, reason: str) -> None:
    with pytest.raises(BadPointer, match=reason):
        pointer.parse(text)


def test_a_pointer_that_is_too_large_is_refused_at_once() -> None:
    with pytest.raises(BadPointer, match="more than"):
        pointer.parse(HEAD + b"x" * pointer.LIMIT)


def test_the_form_does_not_flap() -> None:
    assert pointer.choose_form(4096, None) == "listing"
    assert pointer.choose_form(4097, "listing") == "tree"
    assert pointer.choose_form(4096, "tree") == "tree"
    assert pointer.choose_form(2048, "tree") == "tree"
    assert pointer.choose_form(2047, "tree") == "listing"


def test_an_empty_directory_is_the_empty_tree() -> None:
    entry = Entry("dir", 15, EMPTY_TREE)
    text = pointer.encode({b"empty": entry}, "listing")
    assert text == HEAD + b"%s 15 dir empty\n" % EMPTY_TREE.hex().encode()
    assert pointer.parse(text).listing == {b"empty": entry}


def test_paths_of_pointers() -> None:
    assert pointer.is_pointer_path(b"a/data.gitdata")
    assert not pointer.is_pointer_path(b"a/.gitdata")
    assert not pointer.is_pointer_path(b"data.gitdata.txt")
    assert pointer.data_path(pointer.pointer_path(b"a/b")) == b"a/b"
