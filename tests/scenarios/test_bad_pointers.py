"""Pointers that are damaged in a commit, and data that nobody has: all is named at once, and the rest goes on."""

import json
import os
import re
import time

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git

MERGED = "<<<<<<< ours\n=======\n>>>>>>> theirs\n"
NEWER = "gitdata pointer 9 listing\nsomething\n"


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Two roots in three versions each, nothing pushed."""
    repo = project(shell)
    repo.write("models/m", "a model\n")
    repo.write("data/same", "same\n")
    for number in (1, 2, 3):
        repo.write("data/a", f"version {number}\n")
        if number == 1:
            repo.git("data track data models")
        repo.git("add -A")
        repo.git(f"commit -qm {number}")
    return repo


def commit_as_it_is(repo: Shell, text: str, name: str = "data.gitdata") -> str:
    """A commit with this pointer, as a Git without hooks and filters makes it; then one with that of before."""
    repo.write("../pointer", text)
    blob = repo.git("hash-object -w --no-filters ../pointer").strip()
    here = {"GIT_INDEX_FILE": str(repo.cwd.parent / "an-index")}
    repo.git("read-tree HEAD", **here)
    repo.git(f"update-index --cacheinfo 100644,{blob},{name}", **here)
    bad = repo.git(f"commit-tree -p HEAD -m bad {repo.git('write-tree', **here).strip()}").strip()
    good = repo.git(f"commit-tree -p {bad} -m mended HEAD^{{tree}}").strip()
    repo.git(f"update-ref HEAD {good}")
    return bad


def test_a_damaged_pointer_of_old_history_stops_nothing(repo: Shell) -> None:
    bad = [commit_as_it_is(repo, MERGED), commit_as_it_is(repo, NEWER, "models.gitdata")]
    names = [f"{name}.gitdata in commit {one[:12]}" for name, one in zip(("data", "models"), bad, strict=True)]
    missing = json.loads(repo.run("git data verify --json", code=29).out)["missing"]
    assert [(one["path"], one["commit"]) for one in missing[:2]] == [
        ("data.gitdata", bad[0]),
        ("models.gitdata", bad[1]),
    ]
    assert [one["path"] for one in missing[2:]] == ["data", "models", "data", "data"], "and all that is not pushed"
    pushed = repo.run("git push -q origin main")
    told = [line for line in pushed.err.splitlines() if "a later commit" in line]
    assert len(told) == 1 and all(name in told[0] for name in names) and "unknown here" in told[0]
    verified = repo.run("git data verify", code=29)
    assert "2 of 6 versions of data are not whole" in verified.err and "in a new commit" in verified.err
    assert re.search(r"^data.gitdata: in commit \w+ by Ada .*: the pointer has conflict markers$", verified.out, re.M)
    checked = repo.run("git data fsck --remote origin", code=14)
    assert all(checked.out.count(name) == 1 for name in names) and "2 problems" in checked.err
    assert "in a new commit" in checked.err, "nothing that --repair could bring"
    repo.git("tag bad " + bad[0])
    assert "models/m" in repo.run("git data ls bad", code=20).out
    fetched = repo.run(f"git data fetch {bad[1]} bad HEAD~5", code=20).err
    assert "models.gitdata" in fetched and "data.gitdata in bad" in fetched
    assert "named by nothing" not in repo.git("data du")
    for command in (
        "data status",
        "data ls",
        "data undo --lost",
        "data pull",
        "checkout -q HEAD~5",
        "checkout -q main",
    ):
        repo.git(command)

    repo.write("data/a", "4\n")
    repo.git("commit -qam 4")
    refused = repo.run("git push -q origin main bad", code=1)
    assert names[0] in refused.err and "in a new commit" in refused.err and repo.git("ls-remote origin bad") == ""
    assert names[0] in repo.run("git data push --all", code=20).err
    assert "all whole" in repo.git("data verify HEAD~..HEAD"), "all that can be pushed was"
    hub = repo.cd("../hub.git")
    hub.git(f"config --global --add gitdata.trust {repo.cwd.parent / 'bucket'}")
    assert "2 of 6" in hub.run("git data verify", code=29).err


def test_what_a_damaged_pointer_may_need_is_not_pruned(repo: Shell) -> None:
    """Of one that was merged badly it is known what it names, of one that is cut off or of a later version nothing."""

    def orphan() -> None:
        for pack in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"):
            os.utime(pack, (time.time() - 40 * 86400,) * 2)

    def content(number: int) -> str:
        repo.write("data/a", f"{number}\n")
        repo.write("data/deep/er/b", f"{number} below\n")
        repo.git("data add data")
        text = repo.git("show :data.gitdata")
        repo.git("reset -q --hard")
        repo.git("reflog expire --expire=now --all")
        return text

    repo.git("config gitdata.undo false")
    repo.git("config gitdata.listingLimit 1")
    kept, gone = content(7), content(8)
    root = re.search("root (.*)", kept)
    assert root is not None and "root" in gone
    commit_as_it_is(repo, f"gitdata pointer 1 tree\n<<<<<<< a\nroot {root[1]}\n=======\nroot {'0' * 64}\n>>>>>>> b\n")
    orphan()
    done = json.loads(repo.git("data prune --json"))
    assert done["unknown"] == [] and done["freed"] > 0
    mended = commit_as_it_is(repo, kept)
    repo.git(f"checkout -q {mended}")
    assert (repo.read("data/a"), repo.read("data/deep/er/b")) == (b"7\n", b"7 below\n")
    repo.git("checkout -q main")

    content(9)
    cut = commit_as_it_is(repo, gone[:-20])
    orphan()
    told = repo.run("git data prune")
    assert f"data.gitdata in commit {cut[:12]}" in told.err and told.out.startswith("0 B freed")
    assert "named by nothing that can be read" in told.out

    repo.git("reset -q --hard HEAD~2")
    repo.git("reflog expire --expire=now --all")
    repo.git("gc -q --prune=now")
    repo.git("worktree add -q ../linked")
    for there, command in ((repo, "git"), (repo.cd("../linked"), f"git -C {repo.cwd.parent / 'linked'}")):
        pointer = there.cwd / "data.gitdata"
        pointer.write_bytes(pointer.read_bytes()[: len(pointer.read_bytes()) // 2])
        told = repo.run("git data prune")
        hint = f"`{command} checkout HEAD -- data.gitdata`"
        assert "data.gitdata needs" in told.err and hint in told.err and told.out.startswith("0 B freed"), told.said
        there.run(hint.strip("`"))
    assert not repo.git("data prune").startswith("0 B freed")


def test_all_that_nobody_has_is_named_at_once(shell: Shell, repo: Shell) -> None:
    for pack in list((repo.cwd / ".git/gitdata/packs").rglob("*.pack")):
        if any(f"version {number}\n".encode() in pack.read_bytes() for number in (2, 3)):
            pack.unlink()
    ids = {number: repo.git(f"rev-parse --short=12 HEAD~{3 - number}").strip() for number in (1, 2, 3)}
    (repo.cwd / "data/a").unlink()
    refused = repo.run("git push -q origin main", code=1)
    for number in (2, 3):
        assert f"data.gitdata of commit {ids[number]} by Ada <ada@example.com>" in refused.err
    assert ids[1] not in refused.err and "git data fetch" in refused.err
    assert repo.git("ls-remote origin") == "" and not list((shell.cwd / "bucket").glob("manifests/*"))
    partly = repo.run("git data push --all", code=13)
    assert ids[2] in partly.err and ids[3] in partly.err and "all else is there" in partly.err
    missing = json.loads(repo.run("git data verify --json", code=29).out)["missing"]
    assert {one["commit"][:12] for one in missing} == {ids[2], ids[3]}
