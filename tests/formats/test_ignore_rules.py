"""Rules that leave files out: what Git takes them to mean, for any lines and names, and in time that is bounded."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitdata.formats.ignore_rules import decided
from gitdata.git.ignore import rules as parse

LETTERS = st.sampled_from("aab*?/!\\-[]^.")
LINE = st.one_of(
    st.text(LETTERS, min_size=1, max_size=9),
    st.sampled_from(
        ["**/a", "a/**", "a/**/b", "/**/a", "**", "***/a", "a**b", "**/*.b", "a/**/**/b", "[[:alpha:]]b", "[!a]*",
         "[]a]", "[a-b]*", "[b-a]", "[^/]a", "a[/]b", "\\#a", "\\!a", "#a", "a\\ ", "a  ", "*/b", "/*", "!a", "!/a/b",
         "b/", "?", "[[:nope:]]", "[[:alpha]", "a\\", "*a*b*", "**/a/**/b/**", "a/*/b"]
    ),
)  # fmt: skip
NAME = st.text(st.sampled_from("ab.-! #[]"), min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(st.lists(NAME, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12, unique=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("ignore") / "r"
    subprocess.run(["git", "init", "-q", place], check=True)
    yield place


def by_git(repository: Path, lines: list[str], paths: list[str]) -> set[str]:
    """Those of `paths` that Git ignores; what has a slash at its end is made a directory, the rest files."""
    for old in repository.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for path in paths:
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).mkdir(exist_ok=True) if path.endswith("/") else (repository / path).touch()
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=repository, input="".join(path.rstrip("/") + "\0" for path in paths).encode(), capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    found = set(done.stdout.decode().split("\0"))
    return {path for path in paths if path.rstrip("/") in found}


def by_us(lines: list[str], paths: list[str]) -> set[str]:
    """The same by a walk from the top, which does not go into what is left out."""
    rules = parse("\n".join([*lines, ""]).encode())
    found = set()
    for path in paths:
        parts = path.rstrip("/").split("/")
        for count in range(1, len(parts) + 1):
            is_directory = count < len(parts) or path.endswith("/")
            if decided(rules, "/".join(parts[:count]).encode(), is_directory):
                found.add(path)
                break
    return found


@given(st.lists(LINE, min_size=1, max_size=4), PATHS)
@example(["a**/b"], ["ab/b", "a/x/b", "a/b"])
@example(["a/**"], ["a/b", "a/b/c", "a"])
@example(["*", "!a"], ["a", "b"])
@example(["[^a]"], ["b", "a/c"])
def test_they_mean_what_git_takes_them_to_mean(repository: Path, lines: list[str], paths: list[str]) -> None:
    above = {"/".join(path.split("/")[:count]) + "/" for path in paths for count in range(1, path.count("/") + 1)}
    asked = [path for path in paths if path + "/" not in above and path != ".gitignore"] + sorted(above)
    assert by_us(lines, asked) == by_git(repository, lines, asked)


@pytest.mark.parametrize(
    "line",
    ["*a" * 40 + "b", "*a*" * 30 + "/b", "**/a" * 40 + "/b", "**/*a*a" * 20 + "b", "*/" * 60 + "b", "?*" * 40 + "b",
     "**/" * 200 + "b", "*[a-z]" * 40 + "/**/b", "a/**/" * 60 + "b"],
)  # fmt: skip
def test_no_rule_searches_for_ever(line: str) -> None:
    lines = parse(line.encode() + b"\n")
    began = time.process_time()
    for path in ("a" * 240, "/".join(["a" * 240] * 100), "/".join(["a"] * 250), "a/" * 120 + "a" * 240):
        assert not decided(lines, path.encode(), False)
    assert time.process_time() - began < 20  # without a bound: longer than anybody waits
