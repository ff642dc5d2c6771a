"""The script that compares Git's own test suite with and without git-data: what it reads, what it calls different."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def suite() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("git_suite", str(TOP / ".ci/git-suite"))
    spec = importlib.util.spec_from_loader("git_suite", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["git_suite"] = module  # its dataclasses look there
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


SAID = """\
ok 1 - setup
ok 2 - a title - with a dash
not ok 3 - something fails
#\tthe script of that test
not ok 4 - known to be broken # TODO known breakage
ok 5 # skip needs a server (missing HTTPD)
# failed 1 among 5 test(s)
1..5
"""


def test_what_a_script_says(suite: ModuleType) -> None:
    said = suite.Outcome.parse(1, SAID)
    assert said.tests == {
        "1": ("ok", "setup"),
        "2": ("ok", "a title - with a dash"),
        "3": ("not ok", "something fails"),
        "4": ("not ok, todo", "known to be broken"),
        "5": ("ok, skip", "needs a server (missing HTTPD)"),
    }


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (
            "ok 2 - a title",
            "not ok 2 - a title",
            ["t0000.2 'a title - with a dash': ok as it is, not ok with git-data"],
        ),
        ("not ok 3 - something", "ok 3 - something", ["t0000.3 'something fails': not ok as it is, ok with git-data"]),
        ("ok 1 - setup\n", "", ["t0000.1 'setup': ok as it is, not run with git-data"]),
        ("", "", []),
    ],
)
def test_what_differs(suite: ModuleType, before: str, after: str, found: list[str]) -> None:
    one, other = (suite.Outcome.parse(1, text) for text in (SAID, SAID.replace(before, after) if before else SAID))
    assert [str(each) for each in suite.differences("t0000", one, other)] == found


def test_a_script_that_ends_otherwise_differs_although_its_tests_do_not(suite: ModuleType) -> None:
    one, other = (suite.Outcome.parse(code, SAID) for code in (0, 1))
    assert [each.number for each in suite.differences("t0000", one, other)] == ["0"]


def test_every_difference_that_is_expected_is_explained(suite: ModuleType) -> None:
    known = suite.expected((TOP / ".ci/git-suite-expected").read_text())
    assert known
    assert all(len(why.split()) > 5 for why in known.values())
    told = [line for line in (TOP / "docs/reliability.md").read_text().replace("`", "").splitlines() if line[:1] == "|"]
    assert [key for key in known if not any(key[0] in row and key[1].strip("*") in row for row in told)] == []
    one, other = (
        suite.Difference("t1234", number, title, "ok", "not ok") for number, title in (("1", "a"), ("2", "b"))
    )
    some = suite.expected("t1234 a\n    this is\n    why\n")
    assert (suite.explained(one, some), suite.explained(other, some)) == ("this is why", "")
    assert suite.explained(other, suite.expected("t1234 *\n    all\nt1235 b\n    another\n")) == "all"
    with pytest.raises(SystemExit, match="no explanation for t1234 a title"):
        suite.expected("t1234 a title\nt1235 another\n    because\n")
