"""Data that follows a renamed or removed pointer, stopped at each durable step: nothing is lost, and it goes on."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from beside import present
from faulty import Stop
from shell import Shell, project

from gitdata import durable, workspace
from gitdata.ops.following.follow_renames import follow_renames


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.write("data/sub/b.txt", "b\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    return repo


def stopped(
    repo: Shell, prepare: Callable[[Shell], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Shell, bool]]:
    """Copies of `repo`, prepared, in which settling was stopped before its first, second, ... step; then unstopped."""
    finished = False
    limit = 0
    while not finished:
        limit += 1
        copy = Shell(repo.cwd.with_name(f"stopped-{limit}"), repo.environment)
        subprocess.run(["cp", "-a", str(repo.cwd), str(copy.cwd)], check=True)
        assert copy.clean
        prepare(copy)
        left = limit

        def before(_step: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Stop

        place = workspace.here(copy.cwd)
        monkeypatch.setattr(durable, "before_step", before)
        try:
            follow_renames(place)
            finished = True
        except Stop:
            pass
        monkeypatch.setattr(durable, "before_step", lambda _name: None)
        yield copy, finished
    assert limit > 2


def test_a_rename_stopped_anywhere(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = repo.copy("data", "data").rename(repo.cwd.parent / "kept")
    (copy / "data").rename(copy / "moved")
    for tree, _finished in stopped(repo, lambda tree: tree.git("mv data.gitdata moved.gitdata"), monkeypatch):
        tree.git("status")
        tree.same(copy, "moved")
        assert not present(tree, "data")
        tree.git("commit -qam moved")
        tree.same(copy, "moved")
        assert tree.clean


def test_a_removal_stopped_anywhere(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of data that was seen by live status and never committed: its content is kept before it is deleted."""

    def prepare(tree: Shell) -> None:
        tree.write("data/a.txt", "seen, not committed\n")
        tree.git("add data.gitdata")
        tree.git("branch -q seen " + tree.git("commit-tree -m seen " + tree.git("write-tree").strip()).strip())
        tree.git("rm -qf data.gitdata")

    for tree, finished in stopped(repo, prepare, monkeypatch):
        assert present(tree, "data") != finished
        tree.git("status")
        tree.git("checkout -qf seen")
        assert tree.read("data/a.txt") == b"seen, not committed\n"
        assert tree.read("data/sub/b.txt") == b"b\n"
        tree.git("checkout -qf main")
        assert tree.read("data/a.txt") == b"one\n"


def test_what_is_no_version_is_never_removed(repo: Shell) -> None:
    repo.git("data init --no-live")
    repo.write("data/extra.txt", "extra\n")
    repo.git("rm -q data.gitdata")
    committed = repo.run("git commit -qam gone")
    assert "stays" in committed.err
    assert repo.read("data/extra.txt") == b"extra\n" and repo.read("data/a.txt") == b"one\n"


def test_a_pointer_deleted_by_hand_keeps_its_data(repo: Shell) -> None:
    (repo.cwd / "data.gitdata").unlink()
    assert repo.git("status --porcelain") == " D data.gitdata\n"
    assert repo.read("data/a.txt") == b"one\n"
    repo.git("checkout -q -- data.gitdata")
    assert repo.clean


def test_a_single_file_is_renamed_and_removed_too(repo: Shell) -> None:
    repo.write("model.bin", "weights\n")
    repo.git("data track model.bin")
    repo.git("commit -qm model")
    repo.git("mv model.bin.gitdata best.bin.gitdata")
    repo.git("commit -qam best")
    assert repo.read("best.bin") == b"weights\n" and not present(repo, "model.bin") and repo.clean
    repo.git("rm -q best.bin.gitdata")
    repo.git("commit -qam none")
    assert not present(repo, "best.bin") and repo.clean
    repo.git("checkout -q HEAD~2")
    assert repo.read("model.bin") == b"weights\n" and repo.clean


def test_two_pointers_that_say_the_same_are_told_apart(repo: Shell) -> None:
    subprocess.run(["cp", "-a", str(repo.cwd / "data"), str(repo.cwd / "twin")], check=True)
    repo.git("data track twin")
    repo.git("commit -qm twin")
    repo.git("mv data.gitdata one.gitdata")
    repo.git("mv twin.gitdata two.gitdata")
    repo.git("commit -qam both")
    for name in ("one", "two"):
        assert repo.read(f"{name}/a.txt") == b"one\n"
    assert not present(repo, "data") and not present(repo, "twin") and repo.clean


def test_the_lines_of_gitignore_follow_and_a_persons_own_stay(repo: Shell) -> None:
    repo.write(".gitignore", "mine\n" + repo.read(".gitignore").decode())
    repo.git("mv data.gitdata moved.gitdata")
    repo.git("commit -qm moved")
    committed = repo.git("show HEAD:.gitignore").splitlines()
    assert "/moved/" in committed and "/data/" not in committed and "mine" not in committed
    assert repo.git("status --porcelain") == " M .gitignore\n"
    assert "mine" in Path(repo.cwd / ".gitignore").read_text().splitlines()
