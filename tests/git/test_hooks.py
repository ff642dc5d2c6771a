"""Our hooks among hooks that are there already."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from shell import Shell, project

from gitdata.git.hook_files import NAMES


@pytest.fixture
def repo(shell: Shell) -> Shell:
    shell.git("init -q --bare hub.git")
    shell.git("init -q project")
    repo = shell.cd("project")
    repo.git("remote add origin ../hub.git")
    return repo


def tracked(repo: Shell) -> None:
    repo.write("data/a.txt", "one\n")
    repo.git(f"data remote add origin {repo.cwd.parent / 'bucket'}")
    repo.git("data track data")


def hook(repo: Shell, name: str, text: str) -> Path:
    file = repo.cwd / ".git/hooks" / name
    file.write_text(text)
    file.chmod(0o755)
    return file


def snapshot(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mode) for file in directory.iterdir()}


def test_installing_twice_changes_nothing_and_uninstalling_leaves_what_was_there(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\necho mine >> ran\n")
    hook(repo, "pre-push", "#!/usr/bin/env python3\nimport sys\nopen('pushed', 'w').write(sys.stdin.read())\n")
    before = snapshot(repo.cwd / ".git/hooks")
    repo.git("data init")
    once = snapshot(repo.cwd / ".git/hooks")
    repo.git("data init")
    assert snapshot(repo.cwd / ".git/hooks") == once
    assert once != before
    repo.git("data uninstall --repo")
    assert snapshot(repo.cwd / ".git/hooks") == before
    assert "gitdata" not in repo.git("config --local --list")


def test_an_existing_shell_hook_runs_and_its_exit_code_counts(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\necho mine >> ran\nexit 3\n")
    repo.git("data init")
    tracked(repo)
    repo.run("git commit -qm one", code=1)
    assert repo.read("ran") == b"mine\n"
    hook(repo, "pre-commit", (repo.cwd / ".git/hooks/pre-commit").read_text().replace("exit 3", "exit 0"))
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    assert repo.git("show HEAD:data.gitdata").count("\n") == 2
    assert repo.clean or repo.git("status --porcelain") == "?? ran\n"


@pytest.mark.parametrize(
    "interpreter",
    ["#!/bin/sh\ncat > pushed\n", "#!/usr/bin/env python3\nimport sys\nopen('pushed', 'w').write(sys.stdin.read())\n"],
)
def test_both_pre_push_hooks_get_the_refs(repo: Shell, interpreter: str) -> None:
    hook(repo, "pre-push", interpreter)
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    head = repo.git("rev-parse HEAD").strip()
    assert repo.read("pushed").decode() == f"refs/heads/main {head} refs/heads/main {'0' * 40}\n"
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    repo.git("push -q origin main")
    assert repo.read("pushed") == b""


def test_a_hooks_folder_of_ones_own(repo: Shell) -> None:
    own = repo.cwd.parent / "my-hooks"
    own.mkdir()
    repo.git(f"config core.hooksPath {own}")
    repo.git("data init")
    assert {file.name for file in own.iterdir()} == set(NAMES)
    tracked(repo)
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()


def test_a_hooks_folder_that_is_part_of_the_repository_is_left_alone(repo: Shell) -> None:
    repo.write(".husky/pre-commit", "#!/bin/sh\n")
    repo.git("config core.hooksPath .husky")
    said = repo.git("data init")
    assert "part of the repository" in said and "gitdata/hooks" in said
    assert repo.read(".husky/pre-commit") == b"#!/bin/sh\n"
    assert sorted(os.listdir(repo.cwd / ".husky")) == ["pre-commit"]


def test_hooks_still_work_after_the_repository_was_moved(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\ntrue\n")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.cwd.rename(repo.cwd.parent / "moved")
    moved = Shell(repo.cwd.parent / "moved")
    moved.write("data/a.txt", "two\n")
    assert moved.git("status --porcelain") == " M data.gitdata\n"
    moved.git("commit -qam two")
    moved.git("checkout -q HEAD~1")
    assert moved.read("data/a.txt") == b"one\n"


def without_git_data(repo: Shell) -> dict[str, str]:
    """The environment of a machine on which git-data is not installed any more."""
    for directory in (repo.cwd / ".git/hooks", repo.cwd / ".git/gitdata/hooks"):
        for file in directory.iterdir():
            text = file.read_text()
            if "git_data=" in text:
                lines = [
                    "git_data=/nowhere/git-data" if line.strip().startswith("git_data=/") else line
                    for line in text.split("\n")
                ]
                file.write_text("\n".join(lines))
    value = repo.git("config filter.gitdata.process").strip()
    moved = re.sub(r"p=\S+;", "p=/nowhere/git-data;", value, count=1)
    subprocess.run(["git", "config", "filter.gitdata.process", moved], cwd=repo.cwd, check=True)
    return {"PATH": "/usr/bin:/bin"}


def test_a_machine_without_git_data(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    bare = without_git_data(repo)
    # Git looks at the pointer again whenever its times are new: that must not need git-data.
    (repo.cwd / "data.gitdata").touch()
    repo.write("code.py", "1\n")
    repo.git("add code.py", **bare)
    repo.git("commit -qm code", **bare)
    (repo.cwd / "data.gitdata").touch()
    repo.git("diff HEAD~1", **bare)
    repo.git("checkout -q -b other", **bare)
    repo.git("checkout -q HEAD~1", **bare)
    repo.git("checkout -q other", **bare)
    assert repo.git("status --porcelain", **bare) == ""
    refused = repo.run("git push -q origin other", code=1, **bare)
    assert "git-data is not installed here" in refused.err
    assert repo.git("ls-remote origin") == ""


def test_git_works_with_a_bare_path_and_no_terminal(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    bare = {"PATH": "/usr/bin:/bin"}
    repo.write("data/a.txt", "two\n")
    assert repo.git("status --porcelain", **bare) == " M data.gitdata\n"
    repo.git("commit -qam two", **bare)
    repo.git("push -q origin main", **bare)
    repo.git("checkout -q HEAD~1", **bare)
    assert repo.read("data/a.txt") == b"one\n"


def test_a_users_own_fsmonitor_stays(repo: Shell) -> None:
    repo.git("config core.fsmonitor /usr/bin/true")
    said = repo.git("data init")
    assert "core.fsmonitor is /usr/bin/true" in said
    assert repo.git("config core.fsmonitor") == "/usr/bin/true\n"


def test_hooks_that_do_not_concern_us_start_no_python(shell: Shell) -> None:
    repo = project(shell)
    for directory in (repo.cwd / ".git/hooks", repo.cwd / ".git/gitdata/hooks"):
        for file in directory.iterdir():
            lines = file.read_text().split("\n")
            changed = ["git_data=/bin/false" if line.strip().startswith("git_data=/") else line for line in lines]
            file.write_text("\n".join(changed))
    repo.write("code.py", "1\n")
    repo.git("add code.py")
    repo.git("rm -q --cached .gitdata.toml", code=None)
    repo.git("commit -qm code")
    repo.git("checkout -qb other")
    repo.git("push -q origin other")
