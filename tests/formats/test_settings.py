"""`.gitdata.toml` and gitdata.json: known keys only, comments kept."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.errors import BadFormat
from gitdata.formats import identity, project, project_edit
from gitdata.formats.project import ProposedRemote
from gitdata.formats.remote_name import remote_name

WRITTEN = b"""# our data
version = 1

[remote.origin]  # the bucket
url = "s3://bucket/path"
"""


def test_reading() -> None:
    found = project.parse(WRITTEN)
    assert found.remotes == {"origin": ProposedRemote("origin", "s3://bucket/path")}
    assert project.parse(b"").remotes == {}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b'[remote.o]\nurl = "s3://b"\nprofile = "p"\n', "remote.o.profile"),
        (b'[remote.o]\nurl = "s3://b"\ncredentialpath = "p"\n', "remote.o.credentialpath"),
        (b'command = "rm"\n', "command"),
        (b'[remote.o]\nurl = "s3://k:s@b"\n', "credentials"),
        (b"[remote.o]\n", "url is missing"),
        (b"[remote.o]\nurl = 3\n", "not a line of text"),
        (b'[remote.o]\nurl = "a\\u001b"\n', "not a line of text"),
        (b"version = 2\n", "version 2"),
        (b"remote = 1\n", "not a table"),
        (b"[[[", "cannot be read"),
        (b"\xff", "cannot be read"),
    ],
)
def test_what_is_refused(text: bytes, word: str) -> None:
    with pytest.raises(BadFormat, match=word) as caught:
        project.parse(text)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_give_settings_or_an_error(data: bytes) -> None:
    with contextlib.suppress(BadFormat):
        project.parse(data)


def test_edits_keep_comments() -> None:
    text = project_edit.with_remote(WRITTEN, ProposedRemote("nas", "/mnt/data"))
    assert text.startswith(WRITTEN)
    text = project_edit.with_default(text, "nas")
    found = project.parse(text)
    assert (found.default, set(found.remotes)) == ("nas", {"origin", "nas"})
    text = project_edit.without_remote(text, "nas")
    assert project.parse(text) == project.parse(WRITTEN)
    assert b"# our data" in text and b"# the bucket" in text


def test_edits_of_remotes_in_another_spelling() -> None:
    text = b'remote = {a = {url = "s3://a"}} # one line\n'
    edited = project_edit.with_remote(text, ProposedRemote(remote_name("b"), "s3://b"))
    assert set(project.parse(edited).remotes) == {"a", "b"}
    assert set(project.parse(project_edit.without_remote(edited, "a")).remotes) == {"b"}


@pytest.mark.parametrize("text", [WRITTEN, b"", b'keys = {"*.csv" = "a"} # so\n', b'[keys]\n"t.csv" = "b" # why\n'])
def test_keys_are_remembered(text: bytes) -> None:
    for pattern, columns in (("t.csv", ["id"]), ('a "b"/[*].csv', ["x y", 'q"']), ("t.csv", ["é"])):
        text = project_edit.with_row_key(text, pattern, columns)
        assert list(project.parse(text).keys.items())[-1] == (pattern, tuple(columns))
    assert text.count(b'"t.csv"') == text.count(b"t.csv") == 1
    assert project.parse(text).remotes == project.parse(WRITTEN if b"bucket" in text else b"").remotes


def test_identity() -> None:
    data = identity.encode("0123456789abcdef" * 2)
    assert json.loads(data) == {"format": 1, "remote": "0123456789abcdef" * 2}
    assert identity.decode(data).remote_id == "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"format": 1, "remote": "x"}\n', b'{"format": true}', b"\xff", b"[" * 100_000]
)
def test_a_damaged_identity(data: bytes) -> None:
    with pytest.raises(BadFormat, match="damaged"):
        identity.decode(data)


def test_a_newer_remote_asks_for_an_update() -> None:
    with pytest.raises(BadFormat, match="format 2") as caught:
        identity.decode(b'{"format": 2, "anything": []}')
    assert "update" in caught.value.hint
