"""What no door of git-data has seen going: `git clean -fdx`, a dropped stash, an amended commit, a deleted branch."""

import json

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    for name in ("a", "b", "sub/c"):
        repo.write(f"data/{name}", f"first {name}\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    return repo


def test_what_git_clean_has_deleted(repo: Shell) -> None:
    repo.write("data/new", "staged\n")
    repo.write("one.onnx", "tracked by pattern\n")
    repo.git("data track '*.onnx'")
    repo.git("add -A")
    repo.git("clean -fdxq")
    assert not (repo.cwd / "data").exists() and (repo.cwd / "one.onnx").exists(), "to Git that is a tracked file"
    assert "data: absent, 4 files" in repo.git("data status")
    repo.git("data checkout data")
    assert repo.read("data/new") == b"staged\n" and repo.read("data/sub/c") == b"first sub/c\n"

    repo.git("commit -qm new")
    repo.write("data/a", "not recorded\n")
    repo.write("data/late", "nor this\n")
    repo.git("status")
    repo.git("clean -fdxq")
    said = repo.git("data status")
    assert "`git data checkout data` brings back what was recorded" in said
    assert "data/a (13 B), data/late (9 B) were edited after that, and not recorded" in said
    repo.git("data checkout data")
    assert repo.read("data/a") == b"first a\n" and repo.clean


def test_what_no_ref_reaches(repo: Shell) -> None:
    repo.write("one.onnx", "by pattern\n")
    repo.git("data track '*.onnx'")
    repo.git("add .")
    repo.git("commit -qm pattern")
    repo.write("one.onnx", "by pattern, stashed\n")
    repo.write("data/a", "stashed\n")
    repo.write("data/new", "stashed, too\n")
    repo.git("stash -q")
    repo.git("stash drop -q")
    repo.git("config gitdata.listingLimit 1")
    repo.write("data/b", "amended\n")
    repo.git("commit -qam before")
    repo.write("data/b", "other\n")
    repo.git("commit -qa --amend -m after")
    repo.git("checkout -q -b side")
    repo.write("data/side", "on a branch\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.git("branch -qD side")
    listed = json.loads(repo.git("data undo --lost --json"))
    (single,) = (item for item in listed if item["paths"] == ["one.onnx"])
    found = {item["command"].partition(": ")[2]: item for item in listed if item != single}
    paths = {subject: item["paths"] for subject, item in found.items()}
    (stash,) = (subject for subject in paths if subject.startswith("WIP on main"))
    assert paths == {"side": ["data/side"], "before": ["data/b"], stash: ["data/a", "data/new"]}
    said = repo.git("data undo --lost")
    assert "(commit " in said and "WIP on main" in said and "data/a, data/new" in said

    assert "2 files brought back" in repo.git("data undo --lost data/a data/new")
    assert (repo.read("data/a"), repo.read("data/b")) == (b"stashed\n", b"other\n")
    repo.git(f"data undo --lost {found['before']['number']} --to ../before")
    assert repo.read("../before/data/b") == b"amended\n" and repo.read("data/b") == b"other\n"
    assert "there is no 5" in repo.run("git data undo --lost 5", code=2).err
    refused = repo.run("git data undo --lost one.onnx", code=2).err
    assert "tracked by pattern" in refused
    repo.git("data undo --lost one.onnx --to ../single")
    assert repo.read("../single/one.onnx") == b"by pattern, stashed\n"
    repo.git(refused.partition("`git ")[2].partition("`")[0])
    assert repo.read("one.onnx") == b"by pattern, stashed\n"
    repo.git("reset -q --hard")
    repo.git("reflog expire --expire=now --all")
    repo.git("gc -q --prune=now")
    assert "no edits are lost" in repo.git("data undo --lost")
