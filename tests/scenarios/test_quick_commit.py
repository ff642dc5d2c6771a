"""Commits for which the pre-commit script need not start Python, and everything that makes it do so."""

import subprocess
import time
from pathlib import Path

import pytest
from shell import Result, Shell, project

RECORD, REFRESH = "gitdata.ops.recording.record\n", "gitdata.ops.looking.look\n"


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.write("data/a", "a\n")
    repo.write("code", "1\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm first")
    settle(repo)
    return repo


def settle(repo: Shell) -> None:
    time.sleep(1.1)  # what is as old as Git's index is looked at every time
    assert repo.clean


def commit(repo: Shell, words: str = "-am next", **environment: str) -> Result:
    """A commit that says on standard error which modules Python has loaded, if it was started."""
    return repo.run(f"git commit -q {words}", PYTHONPROFILEIMPORTTIME="1", **environment)


def test_a_commit_of_code_starts_no_python(repo: Shell) -> None:
    for line in ("2\n", "3\n"):
        repo.write("code", line)
        assert "import time:" not in commit(repo).err
        assert repo.git("show --format= --name-only HEAD") == "code\n"
    repo.write("code", "4\n")
    repo.git("add code")
    assert "import time:" not in commit(repo, "-m staged").err
    repo.git("commit -q --amend -m amended")
    assert repo.clean


def test_what_live_status_has_stored_and_git_has_staged_is_not_looked_at_again(repo: Shell) -> None:
    repo.write("data/a", "edited\n")
    said = commit(repo).err
    assert REFRESH in said and RECORD not in said
    assert repo.git("show --format= --name-only HEAD") == "data.gitdata\n"
    repo.git("push -q origin main")
    repo.cd("..").git("clone -q hub.git other")
    other = repo.cd("../other")
    other.run("git data init", code=18)
    other.git("data trust")
    other.git("data pull")
    assert other.read("data/a") == b"edited\n"


def test_edits_that_nobody_staged_are_recorded(repo: Shell) -> None:
    repo.write("data/a", "edited\n")
    repo.write("code", "2\n")
    repo.git("add code")
    assert RECORD in commit(repo, "-m both").err
    assert repo.git("show --format= --name-only HEAD") == "code\ndata.gitdata\n"
    repo.write("data/a", "again\n")
    repo.write("code", "3\n")
    commit(repo, "-m code code")
    assert repo.git("show --format= --name-only HEAD") == "code\n"
    assert repo.git("status --porcelain") == " M data.gitdata\n"


def test_a_look_that_came_to_nothing_is_made_up_for(repo: Shell) -> None:
    repo.write("data/a", "edited\n")
    repo.write("code", "2\n")
    with subprocess.Popen(["flock", ".git/gitdata/worktree.lock", "sleep", "1"], cwd=repo.cwd):
        time.sleep(0.2)
        commit(repo)
    assert repo.git("show --format= --name-only HEAD") == "code\ndata.gitdata\n"
    assert repo.clean


def test_edits_while_live_status_is_off_are_recorded(repo: Shell) -> None:
    repo.git("config --unset core.fsmonitor")
    repo.write("data/a", "edited\n")
    repo.write("code", "2\n")
    assert RECORD in commit(repo).err
    assert repo.git("show --format= --name-only HEAD") == "code\ndata.gitdata\n"


@pytest.mark.parametrize(("limit", "warned"), [("1k", True), ("3000", False), ("0", False), ("", False)])
def test_large_files_are_told_of(repo: Shell, limit: str, warned: bool) -> None:
    if limit:
        repo.git(f"config gitdata.largeFile {limit}")
        settle(repo)
    repo.write("code", "x" * 3000)
    said = commit(repo).err
    assert ("code (2.9 KiB) goes into Git itself" in said) is warned
    assert (RECORD in said) is warned
    repo.git("rm -q code")
    assert "goes into Git" not in commit(repo).err


def test_a_large_file_in_the_first_commit(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a\n")
    repo.git("data track data")
    repo.git("config gitdata.largeFile 1k")
    repo.write("code", "x" * 3000)
    repo.git("add -A")
    assert "code (2.9 KiB) goes into Git itself" in repo.run("git commit -qm first").err


def test_a_large_file_among_many(repo: Shell) -> None:
    for number in range(50):
        repo.write(f"more/{number} name", f"{number}\n")
    repo.write('more/with "quotes" and ünïcode', bytes(11 << 20))
    repo.git("add -A")
    assert "(11.0 MiB) goes into Git itself" in commit(repo).err


@pytest.mark.parametrize("folder", ["", "deep/"])
def test_pattern_files_are_guarded(repo: Shell, folder: str) -> None:
    repo.write(f"{folder}m.bin", b"model\n")
    attributes = repo.cwd / f"{folder}.gitattributes"
    before = attributes.read_text() if attributes.exists() else ""
    attributes.write_text(before + "*.bin filter=gitdata -text\n")
    repo.git("-c filter.gitdata.process= -c filter.gitdata.clean= add -A")
    said = repo.run("git commit -qm raw", code=1).err
    assert "the content is staged instead of a pointer" in said


def test_a_pointer_that_comes_goes_or_moves_takes_its_rules_along(repo: Shell) -> None:
    repo.write("models/m", "m\n")
    repo.git("data track models")
    commit(repo)
    assert "/models/" in repo.git("show HEAD:.gitignore")
    repo.git("mv models.gitdata old.gitdata")
    commit(repo)
    assert "/old/" in repo.git("show HEAD:.gitignore") and "/models/" not in repo.git("show HEAD:.gitignore")
    repo.git("rm -q old.gitdata")
    commit(repo)
    assert "/old/" not in repo.git("show HEAD:.gitignore")
    assert not (repo.cwd / "old").exists()
    assert repo.clean


def test_data_that_stays_without_its_pointer_is_told_of_by_every_commit(repo: Shell) -> None:
    repo.write("models/m", "m\n")
    repo.git("data track models")
    commit(repo)
    repo.git("config --unset core.fsmonitor")
    repo.write("models/m", "edited\n")
    repo.git("rm -q models.gitdata")
    repo.git("data init")
    for number in range(2):
        time.sleep(1.1)
        repo.git("status")
        repo.write("code", f"{number} again\n")
        assert "models stays although its pointer is gone" in commit(repo).err
    assert repo.read("models/m") == b"edited\n"


@pytest.mark.parametrize("lost", ["packs", "packs/*", "packs/*/*"])
def test_lost_packs_are_made_again(repo: Shell, lost: str) -> None:
    repo.git("push -q origin main")
    repo.write("data/a", "edited\n")
    repo.git("add data.gitdata")
    settle_staged(repo)
    repo.run(f"sh -c 'rm -rf .git/gitdata/{lost}'")
    assert RECORD in commit(repo, "-m second").err
    repo.git("push -q origin main")
    repo.git("data fsck")
    repo.write("code", "2\n")
    settle_staged(repo)
    assert "import time:" not in commit(repo).err


def settle_staged(repo: Shell) -> None:
    time.sleep(1.1)
    repo.git("status")
    repo.git("status")


def test_a_submodule_is_no_large_file(shell: Shell, repo: Shell) -> None:
    shell.git("init -q part")
    shell.cd("part").git("commit -q --allow-empty -m part")
    repo.git("-c protocol.file.allow=always submodule add -q ../part part")
    assert "goes into Git" not in commit(repo).err


def test_without_awk_python_looks(repo: Shell, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh", "find", "grep", "rm", "cat", "sed", "env"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (programs / name).symlink_to(found)
    repo.write("code", "2\n")
    assert RECORD in commit(repo, PATH=str(programs)).err
    assert repo.clean
