"""Patterns of `.gitattributes` against Git's own reading of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from gitdata.git import attributes, patterns
from gitdata.git.patterns import Pattern
from gitdata.git.program import Git

PATHS = (
    "a.bin", "b.txt", "models/a.bin", "models/x.pt", "models/deep/y.pt", "deep/models/z.pt", "two words/a b.bin",
    "[odd]/a.bin", "back\\slash.bin", "café.bin", "models.pt", "x1.dat", "x12.dat", 'quo"te.bin', "#hash.bin",
)  # fmt: skip
PATTERNS = (
    "*.bin", "models/*.pt", "/a.bin", "a.bin", "models/**", "**/models/*.pt", "x?.dat", "x[0-9].dat", "two words/*",
    "[[]odd]/*.bin", "models/**/*.pt", "caf*.bin", "*", "back\\\\slash.bin", 'quo"*', "#*",
)  # fmt: skip


@pytest.mark.parametrize("folder", ["", "models", "[odd]"])
def test_a_pathspec_matches_what_the_attribute_does(shell: Shell, folder: str) -> None:
    shell.git("init -q")
    for path in PATHS:
        shell.write(path, "")
    shell.git("add .")
    git = Git(shell.cwd)
    for pattern in PATTERNS:
        shell.write(f"{folder or '.'}/.gitattributes", attributes.with_pattern(b"", pattern.encode()))
        value = Pattern(folder.encode(), pattern.encode())
        listed = {path for path in git.run("ls-files", "-z", "--", value.pathspec).split(b"\0") if path}
        assert listed == patterns.in_index(git).keys(), pattern
        shell.git(f"add -f {folder or '.'}/.gitattributes")
        tree = shell.git("write-tree").strip()
        assert patterns.at(git, tree).keys() == listed
        shell.git(f"rm -q --cached {folder or '.'}/.gitattributes")


@given(st.binary(min_size=1, max_size=30).filter(lambda text: b"\n" not in text and text[:1] not in b" \t\r"))
def test_a_pattern_is_read_back_as_it_was_written(pattern: bytes) -> None:
    text = attributes.with_pattern(b"*.txt text\n", pattern)
    if pattern != b"*.gitdata":
        assert attributes.patterns(text) == [pattern]
    assert attributes.with_pattern(text, pattern) == text
    assert attributes.without_pattern(text, pattern) == b"*.txt text\n"


def test_lines_of_a_person_count_too_and_stay() -> None:
    text = (
        b"*.gitdata text eol=lf filter=gitdata\n*.a\tfilter=gitdata -text\n"
        b'"b c" filter=gitdata\n# *.d filter=gitdata\n*.e text'
    )
    assert attributes.patterns(text) == [b"*.a", b"b c"]
    assert attributes.managed_patterns(text) == []
    assert attributes.without_pattern(attributes.with_pattern(text, b"*.z"), b"*.z") == text + b"\n"
