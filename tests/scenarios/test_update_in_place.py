"""What the version before has made - a repository, clones, a remote - goes on working when git-data is updated."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git

TOP = Path(__file__).resolve().parents[2]
BEFORE = "9a0ff83d433f8f8a418f785cfe58aec0eb2f3fdd"
"""The last commit that people may have had, in the project's own history."""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `git-data` on PATH that is the version before; `update` makes it this one."""
    code = tmp_path / "before"
    code.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(TOP), "archive", BEFORE, "gitdata", "hooks"], capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip("the project's history is not here")
    subprocess.run(["tar", "-x", "-C", str(code)], input=archive.stdout, check=True)
    program = tmp_path / "bin/git-data"
    program.parent.mkdir()
    put(program, f"sys.path.insert(0, {str(code)!r})")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def put(program: Path, first: str = "") -> None:
    program.write_text(f"#!{sys.executable}\nimport sys\n{first}\nfrom gitdata.__main__ import program\nprogram()\n")
    program.chmod(0o755)


def test_repository_clone_and_remote_go_on(shell: Shell, program: Path) -> None:
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    repo = project(shell)
    for number in range(30):
        repo.write(f"data/{number}", f"{number}\n" * 1000)
    repo.write("m.bin", bytes(range(256)) * 1000)
    repo.git("data track data")
    repo.run("git data track '*.bin'")
    repo.git("add m.bin")
    repo.git("commit -qm one")
    repo.git("branch -M main")
    repo.git("push -q origin main")
    shell.git("clone -q -b main hub.git other")
    other = shell.cd("other")
    other.write("data/1", "not recorded\n")
    other.write("data/new", "new\n")
    assert other.git("status --short") == " M data.gitdata\n"

    driver = "config merge.gitdata.driver"
    assert "%S %X %Y" not in repo.git(driver)
    put(program)

    assert other.git("status --short") == " M data.gitdata\n"
    other.git("commit -qam two")
    pushed = other.run("git push -q origin main").err
    assert "pushed 1 version of data to 'origin' (" in pushed
    assert other.clean
    repo.write("data/2", "here\n")
    repo.git("commit -qam 'two here'")
    assert "%S %X %Y" in repo.git(driver), "configuration is brought up to date, too"
    repo.git("pull -q --no-rebase --no-edit origin main")
    assert repo.read("data/1") == b"not recorded\n" and repo.read("data/2") == b"here\n"
    assert repo.clean
    repo.git("push -q origin main")
    copy = repo.copy("end", "data")
    repo.git("checkout -q HEAD~1")
    repo.git("checkout -q main")
    repo.same(copy, "data")
    assert "problem" not in repo.git("data fsck --remote origin")
    shell.git("clone -q -b main hub.git third")
    third = shell.cd("third")
    third.same(copy, "data")
    assert third.read("m.bin") == repo.read("m.bin")


def test_a_checkout_that_was_cut_off_before_is_finished_after(shell: Shell, program: Path) -> None:
    repo = project(shell)
    for number in range(10):
        repo.write(f"data/{number}", "one\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    for number in range(10):
        repo.write(f"data/{number}", "two\n")
    repo.git("commit -qam two")
    copy = repo.copy("two", "data")
    repo.git("checkout -q HEAD~1")
    # As a process leaves it that is killed when it has put some files in place.
    (repo.cwd / ".git/gitdata/pending").write_bytes(b"data.gitdata\0")
    for number in range(5):
        repo.write(f"data/{number}", "two\n")

    put(program)

    repo.run("git checkout -q -", code=None)
    done = repo.run("git data checkout", code=None)
    if done.code:  # what was written last looks like somebody's edits: it is for a person to say
        assert done.code == 28 and done.err.count("\n") == 1
        repo.run("git data checkout --force")
    repo.same(copy, "data")
    assert repo.clean
