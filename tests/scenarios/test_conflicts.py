"""Merges: with our driver, with none, conflicts and how to get out of them."""

import subprocess
from pathlib import Path

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Both branches changed `a`, a text, and `b`, which is none; one deleted `gone` and one changed it; each has a
    file of its own."""
    repo = project(shell)
    for name in ("a", "b", "gone", "same"):
        repo.write(f"data/{name}", f"{name} first\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    for branch in ("side", "main"):
        repo.git("checkout -q -b side" if branch == "side" else "checkout -q main")
        repo.write("data/a", f"a {branch}\n")
        repo.write("data/b", f"b\0{branch}\n")
        repo.write(f"data/{branch}", f"{branch}\n")
        if branch == "side":
            repo.write("data/gone", "gone side\n")
        else:
            (repo.cwd / "data/gone").unlink()
        repo.git(f"commit -qam {branch}")
    return repo


def contents(repo: Shell) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((repo.cwd / "data").iterdir())}


OURS = {"a": "a main\n", "b": "b\0main\n", "main": "main\n", "same": "same first\n", "side": "side\n"}
THEIRS = {**OURS, "a": "a side\n", "b": "b\0side\n", "gone": "gone side\n"}


@pytest.mark.parametrize(("side", "expected"), [("ours", OURS), ("theirs", THEIRS)])
@pytest.mark.parametrize("form", ["listing", "tree"])
def test_one_side_for_everything(repo: Shell, side: str, expected: dict[str, str], form: str) -> None:
    if form == "tree":
        repo.git("config gitdata.listingLimit 1")
    said = repo.run("git merge side", code=1).said
    assert f"git data resolve --{side}" in said
    repo.git(f"data resolve --{side}")
    assert contents(repo) == expected
    assert repo.git("ls-files -u") == ""
    repo.git("commit -q --no-edit")
    assert repo.clean
    assert repo.git("rev-list --parents -n 1 HEAD").count(" ") == 2
    assert repo.git("data fsck").count("problem") == 0


def test_file_by_file(repo: Shell) -> None:
    repo.run("git merge side", code=1)
    assert "still in conflict: data/b" in repo.git("data resolve --theirs data/a")
    assert contents(repo)["a"] == "a side\n"
    assert "a.theirs" not in contents(repo)
    assert repo.git("ls-files -u") != ""
    assert "git data resolve" in repo.run("git data resolve", code=2).err
    assert "not in conflict" in repo.run("git data resolve --ours data/same", code=2).err
    repo.git("data resolve --ours data/b data/gone")
    assert contents(repo) == {**OURS, "a": "a side\n"}
    assert repo.git("ls-files -u") == ""
    repo.git("commit -q --no-edit")
    assert repo.clean


def test_by_hand(repo: Shell) -> None:
    repo.run("git merge side", code=1)
    assert contents(repo)["a"] == "<<<<<<< HEAD\na main\n=======\na side\n>>>>>>> side\n"
    assert contents(repo)["b.theirs"] == "b\0side\n"
    repo.write("data/a", "a of both\n")
    (repo.cwd / "data/b.theirs").unlink()
    repo.git("data add data")
    repo.git("commit -q --no-edit")
    assert contents(repo) == {**OURS, "a": "a of both\n", "gone": "gone side\n"}
    assert repo.clean


def test_nothing_in_conflict(repo: Shell) -> None:
    assert repo.git("data resolve --ours") == "no data is in conflict\n"


def test_abort_takes_everything_back(repo: Shell) -> None:
    before = repo.copy("before", "data")
    repo.run("git merge side", code=1)
    repo.git("merge --abort")
    repo.same(before, "data")
    assert repo.clean


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_text_merge_that_left_its_markers(repo: Shell, side: str) -> None:
    # As where git-data is not installed: Git merges the pointer as text.
    for key in ("driver", "name"):
        repo.git(f"config --unset merge.gitdata.{key}")
    repo.run("git merge side", code=1)
    assert b"<<<<<<<" in repo.read("data.gitdata")
    assert "git data resolve" in repo.run("git data checkout", code=20).err
    repo.git(f"data resolve --{side}")
    assert contents(repo) == (OURS if side == "ours" else THEIRS)
    repo.git("commit -q --no-edit")
    assert repo.clean


def test_a_root_that_one_side_no_longer_tracks(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "first\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("checkout -qb side")
    repo.git("rm -q data.gitdata")
    repo.git("commit -qm removed")
    repo.git("checkout -q main")
    repo.write("data/a", "second\n")
    repo.git("commit -qam second")
    repo.run("git merge side", code=1)
    repo.git("data resolve --theirs")
    assert repo.git("ls-files -- data.gitdata") == ""
    assert not (repo.cwd / "data.gitdata").exists()
    repo.git("merge --abort")
    repo.run("git merge side", code=1)
    repo.git("data resolve --ours")
    repo.git("commit -q --no-edit")
    assert repo.read("data/a") == b"second\n"
    assert repo.clean


def merged_as_text(repo: Shell, directory: Path) -> bytes:
    """What `git merge-file` makes of the pointers of main and side, as a web host would."""
    base = repo.git("merge-base main side").strip()
    for name, revision in (("base", base), ("main", "main"), ("side", "side")):
        (directory / name).write_bytes(repo.git(f"show {revision}:data.gitdata").encode())
    done = subprocess.run(
        ["git", "merge-file", "-p", "main", "base", "side"], cwd=directory, capture_output=True, check=False
    )
    assert done.returncode == 0
    return done.stdout


def test_a_merge_on_a_web_host_is_accepted_and_its_data_is_served(shell: Shell) -> None:
    repo = project(shell)
    for number in range(12):
        repo.write(f"data/f{number:02}", f"{number}\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("checkout -qb side")
    repo.write("data/f02", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/f09", "main\n")
    repo.git("commit -qam main")
    repo.git("push -q origin main side")
    # The host merges without git-data and without the data.
    host = shell.cd("host")
    shell.git("-c filter.gitdata.process= clone -q hub.git host")
    host.git("branch -q side origin/side")
    text = merged_as_text(host, shell.cwd)
    host.write("data.gitdata", text)
    host.git("add data.gitdata")
    tree = host.git("write-tree").strip()
    commit = host.git(f"commit-tree -p main -p side -m merged {tree}").strip()
    host.git(f"push -q origin {commit}:main")
    # A colleague who has neither side's data gets all of it.
    shell.git("clone -q hub.git colleague")
    colleague = shell.cd("colleague")
    colleague.git("data init", code=18)
    colleague.git("data trust")
    colleague.git("data pull")
    expected = {f"f{number:02}": f"{number}\n" for number in range(12)} | {"f02": "side\n", "f09": "main\n"}
    assert contents(colleague) == expected
    assert colleague.clean
    # And the merge can be pushed on, to a remote that has none of it.
    colleague.git(f"data remote add other {shell.cwd / 'other'}")
    colleague.git("data fetch HEAD~1 HEAD^2")
    colleague.git("data push other --all")
    assert "problem" not in colleague.git("data fsck --remote other")
