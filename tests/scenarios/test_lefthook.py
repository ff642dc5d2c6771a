"""lefthook as it is: before git-data, after it, again, and writing its hooks anew while Git is at work."""

import os
import shutil
import time

import pytest
from managers import code_only, commit_edit, files, noted, start
from shell import Shell

LEFTHOOK = """
pre-commit:
  jobs:
    - {name: note, run: echo commit >>../noted}
pre-push:
  jobs:
    - {name: push, run: "echo push {1} >>../noted; cat >../refs", use_stdin: true}
"""
MORE = "commit-msg: {jobs: [{run: echo message >>../noted}]}\n"

pytestmark = [
    pytest.mark.any_git,
    pytest.mark.skipif(shutil.which("lefthook") is None, reason="lefthook is missing"),
]


@pytest.fixture
def repo(shell: Shell) -> Shell:
    return code_only(shell, "lefthook.yml", LEFTHOOK)


def works(repo: Shell, text: str, *more: str) -> None:
    """One round of work: the edit is recorded, both pre-push hooks see the push, the data goes along."""
    before = len(files(repo.cwd.parent / "bucket"))
    commit_edit(repo, text, "lefthook.yml")
    assert noted(repo) == ["commit", *more]
    pushes(repo, before)


def pushes(repo: Shell, before: int) -> None:
    """A push reaches both hooks, with its refs, and takes the data along."""
    repo.git("push -q origin main")
    assert noted(repo) == ["push origin"]
    refs = (repo.cwd.parent / "refs").read_text().split()
    assert refs[:2] == ["refs/heads/main", repo.git("rev-parse HEAD").strip()]
    assert len(files(repo.cwd.parent / "bucket")) > before


def test_lefthook_first_and_git_data_second(repo: Shell) -> None:
    repo.run("lefthook install")
    before = files(repo.cwd / ".git/hooks")
    start(repo)
    once = files(repo.cwd / ".git/hooks")
    repo.git("data init")
    assert files(repo.cwd / ".git/hooks") == once
    works(repo, "two\n")
    assert files(repo.cwd / ".git/hooks") == once
    repo.git("data uninstall --repo")
    assert files(repo.cwd / ".git/hooks") == before
    assert repo.read("data/a.txt") == b"two\n"


@pytest.mark.parametrize("command", ["status", "data status", "commit -qam edit"])
def test_git_data_first_and_lefthook_second(repo: Shell, command: str) -> None:
    start(repo)
    ours = files(repo.cwd / ".git/hooks")
    repo.run("lefthook install")
    assert (repo.cwd / ".git/hooks/pre-push.old").exists()
    repo.write("data/a.txt", "two\n")
    assert "run again" in repo.run(f"git {command}").err
    noted(repo)
    pushes(repo, 0)
    works(repo, "three\n")
    repo.run("lefthook uninstall")
    repo.git("status")
    assert files(repo.cwd / ".git/hooks") == ours


def test_installing_lefthook_again_and_again(repo: Shell) -> None:
    start(repo)
    for number, option in enumerate(("", "", " --force")):
        repo.run(f"lefthook install{option}")
        assert "run again" in repo.run("git status").err
        once = files(repo.cwd / ".git/hooks")
        works(repo, f"{number}\n")
        assert "run again" not in repo.run("git status").err
        assert files(repo.cwd / ".git/hooks") == once, "neither takes the other's place in turn"


@pytest.mark.parametrize(
    ("live", "taken"),
    [
        ("", "post-commit"),
        ("--no-live", "commit-msg"),
        ("--no-live", "post-commit"),
        ("--no-live", "prepare-commit-msg"),
    ],
)
def test_lefthook_writes_its_hooks_anew_within_a_commit(repo: Shell, live: str, taken: str) -> None:
    repo.run("lefthook install")
    start(repo)
    repo.git(f"data init {live}")
    repo.write("lefthook.yml", LEFTHOOK + MORE.replace("commit-msg", taken))
    # To lefthook a file is as it was when it was written in the same second.
    os.utime(repo.cwd / "lefthook.yml", (time.time() + 10,) * 2)
    works(repo, "two\n", "message")
    assert b"git-data" in repo.read(".git/hooks/pre-push") and b"lefthook" in repo.read(f".git/hooks/{taken}")
    once = files(repo.cwd / ".git/hooks")
    works(repo, "three\n", "message")
    assert files(repo.cwd / ".git/hooks") == once


def test_lefthook_writes_into_git_datas_own_folder(repo: Shell) -> None:
    # A link is not touched, so a folder of git-data's own comes first, and lefthook asks Git for the folder.
    repo.write(".git/own", "#!/bin/sh\n")
    (repo.cwd / ".git/own").chmod(0o755)
    (repo.cwd / ".git/hooks/pre-commit").symlink_to("../own")
    start(repo)
    for number in range(2):
        repo.run("lefthook install --force")
        assert b"lefthook" in repo.read(".git/gitdata/hooks.d/pre-push")
        assert "run again" in repo.run("git status").err
        assert "run again" not in repo.run("git status").err
        works(repo, f"{number}\n")


def test_a_command_of_lefthook_that_fails_stops_the_commit_and_the_push(repo: Shell) -> None:
    start(repo)
    repo.run("lefthook install")
    repo.git("status")
    before = repo.git("rev-parse HEAD")
    repo.write("lefthook.yml", LEFTHOOK.replace(">>../noted", ">>../noted && false").replace("; cat", " && cat"))
    repo.write("data/a.txt", "two\n")
    repo.run("git commit -qam refused", code=1)
    assert repo.git("rev-parse HEAD") == before
    assert repo.read("data/a.txt") == b"two\n"
    repo.git("commit -qam config --no-verify")
    repo.run("git push -q origin main", code=1)
    assert repo.git("ls-remote origin") == ""
    repo.write("lefthook.yml", LEFTHOOK)
    works(repo, "three\n")


def test_a_push_that_git_data_refuses_does_not_reach_lefthook(repo: Shell) -> None:
    start(repo)
    repo.run("lefthook install")
    repo.git("status")
    repo.write("../bucket", "in the way")
    repo.run("git push -q origin main", code=1)
    assert noted(repo) == [] and repo.git("ls-remote origin") == ""
