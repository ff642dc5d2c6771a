"""A terminal of 40 columns: progress stays on one line, results are whole, tables are not cut."""

import re
from pathlib import Path

import pytest
from screen import Shown, in_terminal
from shell import Shell, project

from gitdata.wording import cells

pytestmark = pytest.mark.any_git

COLUMNS = 40
FOLDER = "a directory with a name of some length"
FILE = f"{FOLDER}/below it/measurements of the first day.csv"


def drawn(shown: Shown) -> list[str]:
    """The progress lines, each as it was drawn: Git's own have no such sequences around them."""
    return [text.rstrip() for text in re.findall(r"\x1b\[\?7l(.*?)\x1b\[\?7h", shown.raw)]


def test_a_walk_through_the_commands(shell: Shell, tmp_path: Path) -> None:
    shell.git("data install")
    repo = project(shell)
    repo.git(f"config --global --add gitdata.trust {shell.cwd / 'bucket'}")
    repo.git("config --global core.pager cat")
    seen: set[str] = set()

    def see(*words: str, where: Shell = repo, code: int = 0) -> str:
        """What is on the screen in the end, with lines that the terminal has folded put together."""
        shown = in_terminal(where, *words, eager=tmp_path / "eager", columns=COLUMNS)
        assert shown.code == code, shown.lines
        lines = drawn(shown)
        assert all(cells(line) < COLUMNS for line in lines), max(lines, key=cells)
        seen.update(line.split(" ")[0] for line in lines)
        left = "".join(
            "".join(row).ljust(COLUMNS) if len(row) == COLUMNS else "".join(row) for row in shown.screen.rows
        )
        assert not [line for line in lines if len(line) > 20 and line in left], left
        return left

    repo.write(FILE, "id,x\n" + "".join(f"{row},{row % 7}\n" for row in range(3000)))
    repo.write("params.yaml", "a_parameter_with_a_long_name: a value that is long enough\n")
    assert f"tracking {FOLDER}: 1 file" in see("git", "data", "track", FOLDER)
    repo.git("add params.yaml")
    see("git", "commit", "-q", "-m", "a subject that does not fit into one line of this terminal")
    assert "pushed 1 version of data to 'origin'" in see("git", "push", "-q", "origin", "main")
    repo.write(FILE, repo.read(FILE) + b"3000,1\n")
    repo.write("params.yaml", "a_parameter_with_a_long_name: another\n")
    assert f"modified  {FILE} (" in see("git", "data", "status")
    assert FILE in see("git", "data", "diff") and FILE in see("git", "data", "diff", "--stat")
    assert "id=3000" in see("git", "data", "diff", "-p")
    table = see("git", "data", "params", "diff")
    assert "a value that is long enough" in table and "a_parameter_with_a_long_name" in table
    see("git", "commit", "-q", "-a", "-m", "two")
    said = see("git", "data", "log", "--stat")
    assert "a subject that does not fit into one line of this terminal" in said and f"M {FILE}" in said
    assert see("git", "data", "ls", "--long").rstrip().endswith(FILE)
    assert FILE in see("git", "data", "blame", FOLDER)
    assert "versions" in see("git", "data", "du")
    assert "git-data: " in see("git", "checkout", "-q", "HEAD~")
    see("git", "data", "fsck", "--remote", "origin")
    see("git", "checkout", "-q", "main")
    see("git", "push", "-q", "origin", "main")
    assert "all whole" in see("git", "data", "verify", "main")
    see("git", "data", "prune", "--uploaded")
    see("git", "data", "fetch", "main~1")
    assert "1 file written" in see("git", "clone", "-q", "hub.git", "clone", where=shell)

    # One long cell pushes nothing else out of the terminal; whole as it is, its own line runs over.
    repo.write("params.yaml", f"short: 1\na: {'v' * 90}\n")
    lines = in_terminal(repo, "git", "data", "params", "diff", columns=80).lines
    assert [line for line in lines if re.fullmatch(r"params.yaml +short +- +1 +added", line)], lines
    assert "v" * 90 in see("git", "data", "params", "diff")
    assert {"storing", "looking", "pushing", "writing", "checking", "fetching", "flushing"} <= seen, seen


@pytest.mark.parametrize("pager", ["cat", "sh -c cat"])
def test_a_wide_terminal_is_used_whole(shell: Shell, pager: str) -> None:
    """Through a pager, too: what git-data itself writes to is no terminal then."""
    repo = project(shell)
    repo.git(f"config core.pager '{pager}'")
    repo.write("plots/loss.csv", "step,loss\n" + "".join(f"{row},{row % 9}\n" for row in range(300)))
    wide, narrow = (
        max(map(len, in_terminal(repo, "git", "data", "plots", "show", "--format", "text", columns=columns).lines))
        for columns in (160, 60)
    )
    assert narrow <= 60 < 120 < wide <= 160
