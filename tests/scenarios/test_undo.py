"""Edits that Git or a person has discarded come back: `git data undo`."""

import json
import os
import time

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


@pytest.fixture
def repo(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """Two versions of some data, the second one with edits of every kind."""
    repo = project(shell)
    if getattr(request, "param", "listing") == "tree":
        repo.git("config gitdata.listingLimit 1")
    for name in ("a", "b", "sub/c", "kind"):
        repo.write(f"data/{name}", f"first {name}\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.write("data/a", "second a\n")
    repo.git("commit -qam second")
    edit(repo)
    return repo


def edit(repo: Shell) -> None:
    repo.write("data/a", "an hour of work\n")
    repo.write("data/new/run", "#!/bin/sh\n")
    (repo.cwd / "data/new/run").chmod(0o755)
    (repo.cwd / "data/link").symlink_to("a")
    (repo.cwd / "data/b").unlink()
    (repo.cwd / "data/kind").unlink()
    repo.write("data/kind/inside", "a folder now\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"


def here(repo: Shell, folder: str = "data") -> dict[str, str]:
    top = repo.cwd / folder
    found = {}
    for path in sorted(top.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(top))] = "-> " + os.readlink(path)
        elif path.is_file():
            found[str(path.relative_to(top))] = path.read_text() + ("x" if os.access(path, os.X_OK) else "")
    return found


def listed(repo: Shell) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(repo.git("data undo --json"))
    return found


EDITED = {"a": "an hour of work\n", "kind/inside": "a folder now\n", "link": "-> a", "new/run": "#!/bin/sh\nx"}


@pytest.mark.parametrize(
    ("repo", "command", "version"),
    [
        ("listing", "restore data.gitdata", "second"),
        ("tree", "reset -q --hard", "second"),
        ("listing", "checkout -q -f HEAD~1", "first"),
        ("tree", "data checkout --force", "second"),
    ],
    indirect=["repo"],
)
def test_what_a_command_discards_comes_back(repo: Shell, command: str, version: str) -> None:
    repo.git(command)
    assert here(repo)["a"] == f"{version} a\n" and "link" not in here(repo) and "kind" in here(repo)
    assert repo.clean
    (item,) = listed(repo)
    size = sum(len(text.removesuffix("x").removeprefix("-> ")) for text in EDITED.values())
    assert (item["number"], item["data"], item["files"], item["size"]) == (1, "data", 4, size)
    assert item["command"] == f"git {command}"
    assert f"git {command}" in repo.git("data undo")

    assert "data: 4 files brought back" in repo.git("data undo 1")
    assert {name: text for name, text in here(repo).items() if name in EDITED} == EDITED
    assert here(repo)["b"] == "first b\n", "what was deleted need not be brought back: it is in the version"
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam edits")
    repo.git("data fsck")


@pytest.mark.parametrize("look", ["diff", "stash create", "add data.gitdata"])
def test_what_git_was_told_of_comes_back_unless_git_has_it(repo: Shell, look: str) -> None:
    """`git diff` asks what the pointer would be, and keeps nothing; what is staged or stashed Git holds itself."""
    repo.git(look)
    repo.git("reset -q --hard")
    assert here(repo)["a"] == "second a\n" and repo.clean
    if look == "diff":
        repo.git("data undo 1")
        assert {name: text for name, text in here(repo).items() if name in EDITED} == EDITED
    else:
        assert listed(repo) == []


def test_it_can_be_undone_and_goes_elsewhere_and_by_path(repo: Shell) -> None:
    repo.git("restore data.gitdata")
    repo.write("data/a", "begun anew\n")
    repo.git("data undo data/a data/new")
    assert (here(repo)["a"], here(repo)["new/run"]) == (EDITED["a"], EDITED["new/run"])
    assert "link" not in here(repo)
    assert [item["command"] for item in listed(repo)] == ["git data undo data/a data/new", "git restore data.gitdata"]
    repo.git("data undo 1")
    assert here(repo)["a"] == "begun anew\n"

    before = here(repo)
    assert "brought back in ../elsewhere" in repo.git("data undo 3 --to ../elsewhere")
    assert here(repo, "../elsewhere/data") == EDITED and here(repo) == before
    for words, sentence in (
        ("9", "there is no 9"),
        ("0", "there is no 0"),
        ("data/sub", "nothing of data/sub was discarded"),
        ("3 data/b", "nothing of data/b was discarded"),
        ("3 --to ../elsewhere", "not an empty directory"),
        ("--to ../other", "which edits?"),
    ):
        assert sentence in repo.run(f"git data undo {words}", code=2).err
    assert here(repo) == before


def test_data_that_goes_with_its_pointer_and_what_nobody_wants_to_keep(repo: Shell) -> None:
    repo.git("switch -q -f --discard-changes --orphan other")
    assert not (repo.cwd / "data").exists()
    repo.git("data undo 1 --to ../saved")
    assert here(repo, "../saved/data") == EDITED
    repo.git("switch -q main")
    edit(repo)
    repo.git("config gitdata.undo false")
    repo.git("reset -q --hard")
    assert len(listed(repo)) == 1 and repo.clean
    repo.git("config gitdata.undo true")
    edit(repo)
    repo.git("config gitdata.undoDays 0")
    time.sleep(0.01)
    repo.git("reset -q --hard")
    assert [item["command"] for item in listed(repo)] == ["git reset -q --hard"], "the others are too old"


def test_a_side_that_was_not_taken(repo: Shell) -> None:
    repo.git("commit -qam ours")
    repo.git("checkout -q -b theirs HEAD~1")
    repo.write("data/a", "theirs\n")
    repo.git("commit -qam theirs")
    assert repo.run("git merge -q main", code=None).code == 1
    repo.write("data/a", "settled by hand\n")
    repo.git("data resolve --ours")
    assert here(repo)["a"] == "theirs\n"
    assert "git data resolve --ours" in repo.git("data undo")
    repo.git("data undo data/a")
    assert here(repo)["a"] == "settled by hand\n"


def test_a_single_file(shell: Shell) -> None:
    repo = project(shell)
    repo.write("model.bin", "first\n")
    repo.git("data track model.bin")
    repo.git("commit -qm first")
    repo.write("model.bin", "an edit\n")
    repo.git("status")
    repo.git("restore model.bin.gitdata")
    assert repo.read("model.bin") == b"first\n"
    assert "model.bin: 1 file brought back" in repo.git("data undo 1")
    assert repo.read("model.bin") == b"an edit\n"
