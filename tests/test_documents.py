"""Documents against the code: exit codes, commands, layers, words."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell

from gitdata import errors
from gitdata.cli.app import commands
from gitdata.errors import GitDataError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOP = Path(__file__).parents[1]
COMMANDS = set(commands().commands)


def page(name: str) -> str:
    return (TOP / name).read_text()


def classes() -> list[type[GitDataError]]:
    return [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, GitDataError)]


def test_every_error_has_a_code_of_its_own_and_is_documented() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (\w+) \|", page("docs/exit-codes.md"), re.M))
    codes = {str(item.exit_code): item.__name__ for item in classes()}
    assert len(codes) == len(classes())
    assert rows == codes
    for code in (errors.INTERRUPTED, errors.BROKEN_PIPE, errors.BUG):
        assert re.search(rf"^\| {code} \| \|", page("docs/exit-codes.md"), re.M)


def test_every_error_says_what_to_do() -> None:
    silent = {item.__name__ for item in classes() if not item.default_hint}
    assert silent == {"GitDataError", "GitFailed", "CannotTrack"}  # these get their hint where they are raised


@pytest.mark.parametrize("name", ["README.md", "docs/man/git-data.1"])
def test_every_command_is_documented(name: str) -> None:
    text = page(name).replace("\\-", "-")
    for command in COMMANDS:
        assert re.search(rf"\b{re.escape(command)}\b", text), command


@pytest.mark.parametrize("name", ["git-data.bash", "_git-data", "git-data.fish"])
def test_every_command_is_completed(name: str) -> None:
    text = page(f"docs/completion/{name}")
    for command in COMMANDS - {"hook", "filter-process", "merge-driver", "diff-driver", "textconv", "fsmonitor"}:
        assert re.search(rf"\b{command}\b", text), command


def test_the_layers_on_the_page_are_those_that_are_enforced() -> None:
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    enforced = [set(re.split(r" [|:] ", layer)) for layer in contracts[0]["layers"]]
    shown = re.findall(r"^\| [\w ]+ \| (`.*?) \|", page("docs/architecture.md"), re.M)
    assert [set(re.findall(r"`(\w+)`", row)) for row in shown] == enforced


def test_paths_on_the_pages_exist() -> None:
    text = page("docs/architecture.md")
    for path in re.findall(r"`((?:plumbing|ops|worktree|remote|store|cli)/\w+\.py)`", text):
        assert (TOP / "gitdata" / path).exists(), path
    for link in re.findall(r"\]\(([\w/.-]+)\)", page("README.md")):
        assert (TOP / link).exists(), link


def test_every_module_begins_with_a_sentence_and_stays_short() -> None:
    for file in (TOP / "gitdata").rglob("*.py"):
        text = file.read_text()
        assert re.match(r'"""(git data |[A-Z`.]).*', text), file
        assert text.count("\n") <= 300, file


def test_help_of_every_command_has_examples_and_exit_codes(shell: Shell) -> None:
    for command in sorted(COMMANDS - {"remote"}):
        said = shell.run(f"git-data {command} -h").out
        assert "Examples:" in said and "Exit codes:" in said, command


def test_the_manual_is_well_formed() -> None:
    done = (
        subprocess.run(
            ["man", "--warnings", "-l", str(TOP / "docs/man/git-data.1")], capture_output=True, text=True, check=False
        )
        if Path("/usr/bin/man").exists()
        else None
    )
    if done is not None:
        assert done.stderr == ""
    assert page("docs/man/git-data.1").startswith(".TH GIT-DATA 1")


def test_scripts_are_posix() -> None:
    for script in [TOP / "install.sh", TOP / "docs/demo.sh", *(TOP / "hooks").iterdir()]:
        assert script.read_text().startswith("#!/bin/sh\n")
        subprocess.run(["sh", "-n", str(script)], check=True)
