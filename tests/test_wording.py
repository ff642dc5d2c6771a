"""What messages say: names as Git quotes them, and nothing in the notation of the language that this is written in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

import gitdata
from gitdata.wording import cells, fitted, narrowed, padded, shown

PACKAGE = Path(gitdata.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
SYSTEM_ERRORS = {"OSError", "FileNotFoundError", "PermissionError", "NotADirectoryError", "BlockingIOError"}


def notation(tree: ast.AST) -> Iterator[int]:
    """The lines where a value is spelled as Python spells it."""
    for node in ast.walk(tree):
        match node:
            case ast.FormattedValue(conversion=114 | 97) | ast.Call(func=ast.Name(id="repr" | "ascii")):
                yield node.lineno
            case ast.Constant(value=str(text)) if "%r" in text or "!r}" in text:
                yield node.lineno


def numbered(tree: ast.AST) -> Iterator[int]:
    """The lines where an error of the system is put into a message as it is: `[Errno 13] ...: b'...'`."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.type is None or handler.name is None:
            continue
        if not SYSTEM_ERRORS & {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}:
            continue
        for node in ast.walk(handler):
            if isinstance(node, ast.FormattedValue):
                value = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
                value = node.args[0]
            else:
                continue
            if isinstance(value, ast.Name) and value.id == handler.name:
                yield node.lineno


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_message_has_the_notation_of_the_language(module: Path) -> None:
    tree = ast.parse(module.read_bytes())
    assert list(notation(tree)) == []
    assert list(numbered(tree)) == []


def test_this_is_found() -> None:
    text = "f'{a!r}'\nrepr(b)\n'%r' % c\nf'{d!a}'\n'{e!r}'.format(e)\nf'{g}'\n"
    assert sorted(notation(ast.parse(text))) == [1, 2, 3, 4, 5]
    text = (
        "try:\n    pass\nexcept (ValueError, OSError) as error:\n    f'{error}'\n    str(error)\n    f'{error.errno}'\n"
    )
    assert sorted(numbered(ast.parse(text))) == [4, 5]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"data/a b.csv", "data/a b.csv"),
        ("gr\u00fc\u00dfe", "gr\u00fc\u00dfe"),
        (b"caf\xe9", r'"caf\351"'),
        (b"tab\there", r'"tab\there"'),
        (b'say "no"', r'"say \"no\""'),
        (b"it's", "it's"),
        (b"back\\slash", r'"back\\slash"'),
        (b"", '""'),
        (" x", '" x"'),
        ("\x1b[31m", r'"\033[31m"'),
        ("x" * 100, "x" * 80 + "..."),
    ],
)
def test_names_are_quoted_as_git_does(value: str | bytes, said: str) -> None:
    assert shown(value) == said


def test_git_quotes_them_the_same_way(shell: Shell) -> None:
    """But for bytes that are not UTF-8: Git shows them, and a terminal something else."""
    shell.git("init -q .")
    for name in (
        b"a b",
        b"gr\xc3\xbc\xc3\x9fe",
        b"tab\there",
        b'say "no"',
        b"it's",
        b"back\\slash",
        b"bell\a",
        b"\x7f",
    ):
        (Path(shell.cwd) / name.decode("utf-8", "surrogateescape")).write_bytes(b"")
        assert shell.git("-c core.quotePath=false ls-files -o").rstrip("\n") == shown(name)
        (Path(shell.cwd) / name.decode("utf-8", "surrogateescape")).unlink()


@given(st.text(), st.integers(0, 40))
def test_what_is_cut_fits(text: str, width: int) -> None:
    cut = fitted(text, width)
    assert cells(cut) <= width
    assert cut == text or cells(text) > width


@given(st.text(), st.integers(0, 40))
def test_what_is_filled_up_is_whole(text: str, width: int) -> None:
    assert padded(text, width).rstrip(" ") == text.rstrip(" ")
    assert cells(padded(text, width)) == max(cells(text), width)


@given(st.lists(st.integers(0, 200), max_size=6), st.integers(-10, 300))
def test_a_table_is_narrowed_where_it_is_too_wide(widths: list[int], room: int) -> None:
    kept = narrowed(widths, room)
    assert sum(kept) <= room or max(kept, default=0) <= 8
    assert all(one == other or one == max(kept) for one, other in zip(kept, widths, strict=True))
    assert kept == widths or sum(widths) > room
