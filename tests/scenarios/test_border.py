"""The border between a commit in which Git tracks the files and one in which git-data tracks the directory."""

import subprocess

import pytest
from shell import Shell, project


@pytest.fixture(scope="module")
def prepared(lasting: Shell) -> Shell:
    """On `old` Git tracks data/a, data/sub/b and model.bin; on `main` there are pointers, and data/c came later."""
    repo = project(lasting)
    repo.write("data/a", "one\n")
    repo.write("data/sub/b", "b\n")
    repo.write("model.bin", "weights\n")
    repo.git("add .")
    repo.git("commit -qm first")
    repo.write("data/a", "two\n")
    repo.git("commit -qam second")
    repo.git("branch old")
    repo.git("data track --from-git data model.bin")
    repo.git("commit -qm tracked")
    repo.write("data/c", "c\n")
    repo.git("commit -qam more")
    repo.git("tag new")
    repo.git("checkout -q -b edited old")
    repo.write("data/a", "three\n")
    repo.git("rm -q model.bin")
    repo.write("code.txt", "code\n")
    repo.git("add .")
    repo.git("commit -qm edited")
    repo.git("checkout -q main")
    return lasting


@pytest.fixture
def repo(prepared: Shell, shell: Shell) -> Shell:
    subprocess.run(["cp", "-a", prepared.cwd / "project", shell.cwd / "project"], check=True)
    return shell.cd("project")


def found(repo: Shell) -> dict[str, str]:
    names = [path for path in repo.cwd.rglob("*") if path.is_file() and ".git" not in path.parts]
    wanted = {str(path.relative_to(repo.cwd)): path.read_text() for path in names if path.suffix != ".gitdata"}
    return {name: text for name, text in wanted.items() if not name.startswith(".git")}


OLD = {"data/a": "two\n", "data/sub/b": "b\n", "model.bin": "weights\n"}
NEW = OLD | {"data/c": "c\n"}


def test_every_way_over_the_border_leaves_what_the_commit_has(repo: Shell) -> None:
    for line, files in (
        ("checkout -q old", OLD),
        ("switch -q main", NEW),
        ("checkout -q --detach old~1", OLD | {"data/a": "one\n"}),
        ("reset -q --hard new", NEW),
        ("reset -q --keep old", OLD),
        ("merge -q --ff-only new", NEW),
        ("bisect start new old~1", OLD),
        ("bisect reset", NEW),
        ("reset -q --hard old", OLD),
        (f"pull -q {repo.cwd} new", NEW),
    ):
        repo.git(line)
        assert repo.clean, line  # no hook tells of a reset to files of Git: this is the first to know
        assert found(repo) == files, line
    repo.git(f"worktree add -q --detach {repo.cwd}-linked old")
    linked = repo.cd("../project-linked")
    assert found(linked) == OLD
    linked.git("checkout -q --detach main")
    assert found(linked) == NEW
    for target, files in (("new~1", OLD), ("new", NEW)):  # there and back, and nobody looks at the commit between
        repo.git("-c core.fsmonitor=false reset -q --hard old")
        repo.git(f"-c core.fsmonitor=false reset -q --hard {target}")
        assert found(repo) == files
        assert repo.clean


def test_what_nobody_has_recorded_stays(repo: Shell) -> None:
    repo.write("data/mine", "untracked\n")
    assert "local changes" in repo.run("git checkout old", code=1).err
    said = repo.run("git checkout -f old").err
    assert "Git itself tracks data here" in said
    assert "data/mine stays" in said
    assert found(repo) == OLD | {"data/mine": "untracked\n"}
    assert repo.git("status --porcelain") == "?? data/mine\n"
    repo.write("data/c", "another\n")
    said = repo.run("git checkout main", code=1).err
    assert "kept local edits that differ from the checked-out version: data/c" in said
    assert found(repo) == NEW | {"data/mine": "untracked\n", "data/c": "another\n"}
    assert repo.git("status --porcelain") == " M data.gitdata\n"


@pytest.mark.parametrize("command", ["merge", "cherry-pick"])
def test_what_git_takes_away_after_a_conflict_comes_back(repo: Shell, command: str) -> None:
    repo.write("data/sub/b", "edited here\n")
    repo.git("commit -qam here")
    here = found(repo)
    assert "CONFLICT" in repo.run(f"git {command} edited", code=1).said
    assert "DU data/a" in repo.git("status --porcelain")
    repo.git(f"{command} --abort")
    assert repo.clean
    assert found(repo) == here
    repo.git(f"{command} edited", code=1)
    repo.git("rm -q data/a")
    repo.git("commit -qm 'the data of this side'")
    assert repo.clean
    assert found(repo) == here | {"code.txt": "code\n"}


def test_rebases_and_stashes_over_the_border(repo: Shell) -> None:
    repo.git("rebase edited", code=1)
    repo.git("rebase --abort")
    assert found(repo) == NEW
    assert repo.clean
    repo.git("checkout -q edited")
    repo.git("rebase main", code=1)
    assert repo.git("ls-files data") == "data/a\n" * 2
    repo.git("rebase --skip")
    assert found(repo) == NEW
    assert repo.clean
    repo.git("checkout -q -b again old")
    repo.git("data track --from-git data")
    repo.git("stash -q")
    assert found(repo) == OLD
    assert repo.clean
    repo.git("stash pop -q --index")
    assert found(repo) == OLD
    repo.git("commit -qam 'tracked again'")
    assert repo.clean
    assert repo.git("ls-files data") == ""
