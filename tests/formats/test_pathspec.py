"""Pathspecs against what Git itself matches with the same words."""

import os
import subprocess
from pathlib import Path

import pytest

from gitdata.errors import UsageError
from gitdata.formats.pathspec import Pathspec, pattern, read_word

FILES = [
    "a.csv", "data/a.csv", "data/[1].csv", "data/1.csv", "data/sub/b.csv",
    "data/sub/deep/c.CSV", "data/sub/d.txt", "x/data/a.csv",
]  # fmt: skip
WORDS = [
    ["*.csv"], ["data/*.csv"], [":(glob)data/*.csv"], [":(glob)**/*.csv"], [":(glob)data/**/*.csv"], ["data/**"],
    [":(glob)data/sub/**"], ["data/?.csv"], ["data/[1].csv"], [":(literal)data/[1].csv"], ["data/[!1].csv"],
    ["data/[a-z]*"],
    ["data/sub"], ["data/sub/"], ["da*", ":!data/sub"], [":(exclude)*.csv"], [":^data"], [":(icase)DATA/SUB/*.csv"],
    [":(top,glob)*.csv"], [":/x"], ["data/s?b/[bd].*"], ["data/\\[1].csv"], ["dat?"], [":(glob,exclude)data/*", "data"],
]  # fmt: skip


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("specs")
    for name in FILES:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    subprocess.run(["git", "-C", str(top), "add", "-A"], check=True)
    return top


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_what_git_matches(repo: Path, words: list[str]) -> None:
    found = subprocess.run(["git", "-C", str(repo), "ls-files", "-z", "--", *words], capture_output=True, check=True)
    parted = {True: [], False: []}
    for word in words:
        one = read_word(word)
        path = os.fsencode(one.path.rstrip("/"))
        parted["exclude" in one.magic].append(pattern(word, path, one.magic, 0))
    spec = Pathspec(parted[False], parted[True])
    assert sorted(name for name in FILES if spec.matches(name.encode())) == sorted(
        found.stdout.decode().split("\0")[:-1]
    )
    for one in spec.wanted:
        inside = [name for name in FILES if one.matches(name.encode())]
        assert all(not one.folder or f"{name}/".startswith(one.folder.decode() + "/") for name in inside)


@pytest.mark.parametrize("word", [":(nonsense)a", ":(glob,literal)a", ":(glob"])
def test_magic_that_is_none(word: str) -> None:
    with pytest.raises(UsageError):
        read_word(word)
