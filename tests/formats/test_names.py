"""Names: what no tree may hold, on any system; and names that meet."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.errors import BadPointer, UnsafeName
from gitdata.formats.names import check_name, check_names, check_path, check_paths, collisions, meet
from gitdata.formats.quoting import quote, unquote


@pytest.mark.parametrize(
    "name",
    [b"", b".", b"..", b"a/b", b"a\0b", b".git", b".GIT", b".Git", b"git~1", b"GIT~1", b"GIT~2", b".git.", b".git ",
     b".git. .", b".git::$INDEX_ALLOCATION", b".git:x", ".g\u200cit".encode(), ".git\u200d".encode(),
     "\ufeff.git".encode(), b"a\\..\\b", b"a\\.git", b".git\\config", b"..\\x", b"x" * 256],
)  # fmt: skip
def test_unsafe(name: bytes) -> None:
    with pytest.raises(UnsafeName):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    [b"a", b".gitignore", b".gitattributes", b"git", b"gitx", b".github", b"...", b"a..b", b"\xff\xfe", b"a\nb",
     b"-rf", b"back\\slash", "gr\u00fc\u00df".encode(), b"x" * 255, b".g", "\u200c".encode()],
)  # fmt: skip
def test_safe(name: bytes) -> None:
    check_name(name)


@given(st.lists(st.one_of(st.binary(max_size=4), st.text("gGiItT.\\/~\u200c", max_size=5).map(str.encode)), max_size=4))
def test_many_names_are_checked_as_each_is(names: list[bytes]) -> None:
    def safe(check: Callable[[], object]) -> bool:
        try:
            check()
        except UnsafeName:
            return False
        return True

    assert safe(lambda: check_names(names)) == all(safe(partial(check_name, name)) for name in names)


@given(st.sets(st.binary(min_size=1, max_size=3).filter(lambda name: b"\0" not in name), max_size=6))
def test_names_meet_where_one_spelling_is_the_other(names: set[bytes]) -> None:
    plain = {name for name in names if b"/" not in name}
    assert meet(plain) == any(collisions([one, other]) for one in plain for other in plain if one != other)


def test_paths_are_checked_component_by_component() -> None:
    check_path(b"a/b/c")
    for path in (b"/a", b"a/", b"a//b", b"a/../b", b"a/.git/b", b"/".join([b"a"] * 2049), b"a" * 40_000):
        with pytest.raises(UnsafeName):
            check_path(path)
        with pytest.raises(UnsafeName):
            check_paths([b"a/b", path, b"a/c"])
    check_paths([b"a/b/c", b"a/b/d", b"e"])


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([b"a", b"b"], 0),
        ([b"a", b"A"], 1),
        ([b"d/x", b"D/y"], 1),
        (["caf\u00e9".encode(), "cafe\u0301".encode()], 1),
        (["stra\u00dfe".encode(), b"STRASSE"], 1),
        ([b"d/x", b"d/y", b"d/z"], 0),
        ([b"\xff", b"\xfe"], 0),
    ],
)
def test_collisions(paths: list[bytes], expected: int) -> None:
    assert len(collisions(paths)) == expected


@given(st.binary(min_size=1, max_size=30))
def test_quoting_has_one_spelling(path: bytes) -> None:
    text = quote(path)
    assert unquote(text) == path
    assert b"\n" not in text


@given(st.binary(min_size=1, max_size=30))
def test_other_spellings_are_refused(text: bytes) -> None:
    try:
        path = unquote(text)
    except BadPointer:
        return
    assert quote(path) == text


@pytest.mark.parametrize(
    "name",
    [
        b"plain",
        b"two words",
        b"tab\t",
        b"new\nline",
        b'qu"ote',
        b"back\\",
        "gr\u00fc\u00df".encode(),
        b"\xff",
        b"\x7f",
        b"\x01",
    ],
)
def test_git_quotes_the_same_way(shell, name: bytes) -> None:  # type: ignore[no-untyped-def]
    import os
    import subprocess

    shell.git("init -q r")
    top = os.fsencode(shell.cwd / "r")
    with open(os.path.join(top, name), "wb"):
        pass
    high = "true" if name == b"\xff" else "false"  # bytes that are no UTF-8 are always octal with us
    command = ["git", "-c", f"core.quotePath={high}", "ls-files", "-o"]
    listed = subprocess.run(command, cwd=top, capture_output=True, check=True).stdout
    assert listed == quote(name) + b"\n"
