"""Base, pointer, data: whichever changed, by commands that run none of our code, nothing is recorded in reverse.

The base is the version for which pointer and data were last known to be equal. Every test moves the pointer
behind git-data's back, with data in some state, and then does what a person does next.
"""

import shutil
from pathlib import Path

import pytest
from jobs import copy
from shell import Shell, project

BLIND = "git -c filter.gitdata.process= -c core.hooksPath=/dev/null -c core.fsmonitor=false"

MOVES = {
    "checkout": f"{BLIND} checkout -q v1",
    "checkout of the path": f"{BLIND} checkout -q v1 -- data.gitdata",
    "restore": f"{BLIND} restore --source=v1 --staged --worktree data.gitdata",
    "reset": f"{BLIND} reset -q --hard v1",
    "read-tree": f"{BLIND} read-tree -m -u HEAD v1",
    "revert": f"{BLIND} revert --no-edit HEAD",
    "apply": f"{BLIND} apply --index ../back.patch",
}
V1 = {"same": "same\n", "a": "a 1\n", "b": "b 1\n", "only1": "1\n"}
V2 = {"same": "same\n", "a": "a 2\n", "b": "b 2\n", "only2": "2\n"}


@pytest.fixture(params=MOVES)
def move(request: pytest.FixtureRequest) -> str:
    return MOVES[request.param]


@pytest.fixture(scope="module")
def prepared(lasting: Shell) -> Shell:
    """What every test begins with, made once; its `repo` is a copy in the same place."""
    repo = project(lasting)
    fill(repo, V1)
    repo.git("data track data")
    repo.git("commit -qm one")
    repo.git("tag v1")
    fill(repo, V2)
    repo.git("commit -qam two")
    lasting.write("back.patch", repo.git("diff --no-textconv HEAD v1 -- data.gitdata"))
    copy(lasting.cwd, lasting.cwd.parent / "prepared")
    return repo


@pytest.fixture
def shell(prepared: Shell) -> Shell:
    """Where the project is."""
    return Shell(prepared.cwd.parent)


@pytest.fixture
def repo(prepared: Shell, shell: Shell) -> Shell:
    """On the second of two versions."""
    copy(shell.cwd.parent / "prepared", shell.cwd)
    assert prepared.clean
    return prepared


def fill(repo: Shell, files: dict[str, str]) -> None:
    shutil.rmtree(repo.cwd / "data", ignore_errors=True)
    for name, text in files.items():
        repo.write(f"data/{name}", text)


def data(repo: Shell) -> dict[str, str]:
    return {path.name: path.read_text() for path in (repo.cwd / "data").iterdir()}


def committed(repo: Shell, shell: Shell) -> dict[str, str]:
    """What a colleague gets who clones the repository and has only the remotes."""
    repo.git("push -q origin HEAD:refs/heads/seen")
    shutil.rmtree(shell.cwd / "colleague", ignore_errors=True)
    shell.git("clone -q -b seen hub.git colleague")
    colleague = shell.cd("colleague")
    colleague.git("data init", code=None)
    colleague.git("data trust", code=None)
    colleague.git("data pull")
    return data(colleague)


def go_on(repo: Shell, next_command: str) -> None:
    repo.run(next_command, code=None)
    repo.git("commit -qam next --allow-empty")


@pytest.mark.parametrize("next_command", ["git status", "git commit -qam next --allow-empty", "git add -A"])
def test_stale_data_follows_and_is_never_recorded(repo: Shell, shell: Shell, move: str, next_command: str) -> None:
    repo.run(move)
    go_on(repo, next_command)
    assert data(repo) == V1
    assert repo.clean
    assert committed(repo, shell) == V1


def test_edits_of_other_files_are_carried_over(repo: Shell, shell: Shell, move: str) -> None:
    repo.write("data/same", "edited\n")
    repo.write("data/new", "new\n")
    repo.run(move)
    go_on(repo, "git status")
    expected = {**V1, "same": "edited\n", "new": "new\n"}
    assert data(repo) == expected
    repo.git("commit -qam more", code=None)
    assert repo.clean
    assert committed(repo, shell) == expected


def test_edits_that_clash_are_kept_and_stop_the_commit(repo: Shell, shell: Shell, move: str) -> None:
    repo.write("data/a", "edited\n")
    repo.run(move)
    head = repo.git("rev-parse HEAD")
    refused = repo.run("git commit -qam next --allow-empty", code=1)
    assert "data/a" in refused.err and "git data add" in refused.err
    assert repo.git("rev-parse HEAD") == head
    assert data(repo) == {**V1, "a": "edited\n"}
    repo.git("data add data")
    repo.git("commit -qm kept")
    assert committed(repo, shell) == {**V1, "a": "edited\n"}


def test_forcing_takes_the_version_and_keeps_the_edit_in_the_store(repo: Shell, move: str) -> None:
    repo.write("data/a", "edited\n")
    repo.run(move)
    assert "kept before being replaced" in repo.git("data checkout --force")
    assert data(repo) == V1
    repo.git("commit -qam next --allow-empty")
    assert repo.clean


def test_data_that_is_there_already_only_moves_the_base(repo: Shell, shell: Shell, move: str) -> None:
    fill(repo, V1)
    repo.run(move)
    before = repo.copy("before", "data")
    go_on(repo, "git status")
    repo.same(before, "data")
    assert repo.clean
    assert committed(repo, shell) == V1


def test_data_that_is_missing_is_not_here_rather_than_deleted(repo: Shell, shell: Shell, move: str) -> None:
    shutil.rmtree(repo.cwd / "data")
    repo.run(move)
    repo.run("git status")
    repo.git("commit -qam next --allow-empty")
    repo.git("data checkout")
    assert data(repo) == V1
    assert committed(repo, shell) == V1


def test_a_lost_base_is_no_licence(repo: Shell, move: str) -> None:
    repo.run(move)
    shutil.rmtree(repo.cwd / ".git/gitdata/base")
    refused = repo.run("git commit -qam next --allow-empty", code=None)
    pointer = repo.git("rev-parse HEAD:data.gitdata")
    assert pointer == repo.git("rev-parse v1:data.gitdata") or "is there already and not what" in refused.err
    assert refused.code == 1
    assert data(repo) == V2  # nothing is touched
    repo.git("data checkout --force")
    assert data(repo) == V1


def test_a_commit_is_refused_while_a_materialise_is_unfinished(repo: Shell, shell: Shell) -> None:
    # The pointer moved, half of the data was written, the rest is not in this clone.
    repo.git("push -q origin main")
    repo.run(MOVES["checkout"])
    (repo.cwd / ".git/gitdata/pending").write_bytes(b"data.gitdata\0")
    packs = repo.cwd / ".git/gitdata/packs"
    packs.rename(repo.cwd / "packs-aside")
    bucket = Path(shell.cwd / "bucket")
    bucket.rename(shell.cwd / "unplugged")
    refused = repo.run("git commit -qam next --allow-empty", code=1)
    assert "only half in place" in refused.err and "git data checkout" in refused.err
    (shell.cwd / "unplugged").rename(bucket)
    shutil.rmtree(packs, ignore_errors=True)
    (repo.cwd / "packs-aside").rename(packs)
    repo.git("commit -qam next --allow-empty")
    assert data(repo) == V1
    assert repo.clean
