"""Where data goes: one spelling of each place, and nothing that is none."""

import pytest

from gitdata.backends.location import Destination
from gitdata.errors import BadRemote


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("s3://bucket", "s3://bucket"),
        ("S3://bucket/a/b/", "s3://bucket/a/b"),
        ("s3://bucket//a/", "s3://bucket/a"),
        ("s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mine/a", None),
        ("/mnt/x", "/mnt/x"),
        ("//mnt/./x//", "/mnt/x"),
        ("file:///mnt/a%20b/", "/mnt/a b"),
        ("file:///mnt/a#b?c", "/mnt/a#b?c"),
        ("FILE://LocalHost/mnt/x", "/mnt/x"),
        ("/", "/"),
        ("/mnt/%41", "/mnt/%41"),
        ("s3://bucket/%41", "s3://bucket/%41"),
    ],
)
def test_one_spelling(written: str, url: str | None) -> None:
    made = Destination.of(written)
    assert made.url == (url or written)
    assert Destination.of(made.url) == made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Minio.Example.com:443/", "https://minio.example.com"),
        ("HTTP://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
        ("https://host/Path/", "https://host/Path"),
    ],
)
def test_one_spelling_of_an_endpoint(one: str, other: str) -> None:
    assert Destination.of("s3://b/x", one) == Destination.of("s3://b/x", other)
    assert Destination.of("s3://b/x", one).endpoint == other


PLACES = [
    ("s3://b/x", None, None),
    ("s3://b/X", None, None),
    ("s3://B/x", None, None),
    ("s3://b/x/y", None, None),
    ("s3://b", None, None),
    ("s3://b/x", "https://h", None),
    ("s3://b/x", "http://h", None),
    ("s3://b/x", "https://h:8443", None),
    ("s3://b/x", "https://h/y", None),
    ("s3://b/x", "https://h.evil", None),
    ("s3://b/x", None, "eu-west-1"),
    ("s3://b/x", None, "cn-north-1"),
    ("/b/x", None, None),
    ("/b/y/../x", None, None),
]


def test_an_address_cannot_pass_for_a_sentence() -> None:
    made = Destination.of('s3://evil/x to s3:good/x", as', None, "eu-1")
    assert str(made) == '"s3://evil/x to s3:good/x\\", as" in eu-1'
    assert str(Destination.of("/mnt/my disk")) == '"/mnt/my disk"'


def test_what_differs_is_another_place_and_says_so() -> None:
    made = [Destination.of(*place) for place in PLACES]
    assert len(set(made)) == len({str(place) for place in made}) == len(PLACES)


@pytest.mark.parametrize(
    ("url", "endpoint", "region", "word"),
    [
        ("", None, None, "absolute"),
        ("data", None, None, "absolute"),
        ("gopher://x/y", None, None, "gopher"),
        ("s3://", None, None, "bucket"),
        ("s3://a b/x", None, None, "bucket"),
        ("s3://b?x", None, None, "bucket"),
        ("s3://evil.com#/x", None, None, "bucket"),
        ("s3://b/../x", None, None, "relative"),
        ("s3://b/x//y", None, None, "empty"),
        ("s3://b\n/x", None, None, "control"),
        ("s3://b/" + "x/" * 451, None, None, "longer than 900"),
        ("file:///mnt/%00", None, None, "control"),
        ("file://host/x", None, None, "this machine"),
        ("file://]/x", None, None, "this machine"),
        ("s3://key:hush@b/x", None, None, "credentials"),
        ("https://key:hush@host/b", None, None, "credentials"),
        ("s3://b/x", "https://key:hush@host", None, "credentials"),
        ("s3://b/x", "https://key:hush@host:port", None, "credentials"),
        ("s3://b/x", "ftp://host", None, "no address"),
        ("s3://b/x", "host:9000", None, "no address"),
        ("s3://b/x", "https://", None, "no address"),
        ("s3://b/x", "https://h:port", None, "no address"),
        ("s3://b/x", "https://good.com\\@evil.com", None, "credentials"),
        ("s3://b/x", "https://good.com\\.evil.com", None, "no address"),
        ("s3://b/x", "https://h/?x", None, "no address"),
        ("s3://b/x", "https://ex\u0430mple.com", None, "no address"),
        ("s3://b/x", "https://h h", None, "no address"),
        ("s3://b/x", None, "evil.com/", "region"),
        ("s3://b/x", None, "a.evil.com", "region"),
        ("s3://b/x", None, "-x", "region"),
    ],
)
def test_what_is_no_place(url: str, endpoint: str | None, region: str | None, word: str) -> None:
    with pytest.raises(BadRemote, match=word) as caught:
        Destination.of(url, endpoint, region)
    assert "hush" not in f"{caught.value} {caught.value.hint}"


def test_there_is_no_way_around_the_spelling() -> None:
    for wrong in (
        lambda: Destination("file", path="x"),
        lambda: Destination("file", path="/x/"),
        lambda: Destination("s3", "b", "x/"),
        lambda: Destination("s3", "b", "../x"),
        lambda: Destination("s3", "b", endpoint="https://H"),
        lambda: Destination("s3", "b", region="a/b"),
    ):
        with pytest.raises(BadRemote):
            wrong()
