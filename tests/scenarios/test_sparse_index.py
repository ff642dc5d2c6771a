"""A sparse index: a directory outside of the cone is one entry, and git-data never makes Git take that apart."""

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Data inside and outside of the cone, two versions of it on `main` and `other`, the sparse checkout set."""
    repo = project(shell)
    for place in ("in", "out"):
        repo.write(f"{place}/code.py", "1\n")
        repo.write(f"{place}/data/a.txt", f"{place} one\n")
        repo.write(f"{place}/model.bin", f"{place} one\n")
    repo.git("data track in/data out/data *.bin")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("checkout -qb other")
    for place in ("in", "out"):
        repo.write(f"{place}/data/a.txt", f"{place} two\n")
        repo.write(f"{place}/model.bin", f"{place} two\n")
    repo.git("commit -qam two")
    repo.git("push -q origin main other")
    repo.git("checkout -q main")
    one = repo.copy("one", "in", "out")
    repo.git("sparse-checkout init --cone --sparse-index")
    repo.git("sparse-checkout set in")
    assert repo.clean
    assert not (repo.cwd / "out").exists()
    assert "out/\n" in repo.git("ls-files --sparse")
    repo.same(one, "in")
    return repo


def expanded(repo: Shell, command: str, **environment: str) -> bool:
    """Whether anything in `command` has taken the index apart."""
    trace = repo.cwd.parent / "trace"
    trace.unlink(missing_ok=True)
    repo.run(command, GIT_TRACE2_EVENT=str(trace), **environment)
    return '"ensure_full_index"' in trace.read_text()


def test_no_command_takes_the_index_apart(repo: Shell) -> None:
    assert expanded(repo, "git ls-files")  # what is looked for would be seen
    repo.write("in/code.py", "2\n")
    repo.write("in/data/a.txt", "in edited\n")
    repo.write("in/model.bin", "in edited\n")
    for command in (
        "git status",
        "git diff",
        "git data status",
        "git add in/model.bin",
        "git commit -am edited",
        "git commit --allow-empty -m nothing",
        "git push -q origin main",
        "git checkout -q -b side HEAD~2",
        "git merge -q origin/other",
        "git checkout -q HEAD~1",
        "git switch -q other",
        "git cherry-pick --allow-empty main",
        "git revert --no-edit HEAD~1",
        "git reset -q --hard main",
        "git data pull",
        "git data ls",
        "git data push",
        "git stash",
    ):
        assert not expanded(repo, command), command
    assert "out/\n" in repo.git("ls-files --sparse")
    assert repo.clean


def test_a_repository_without_data(shell: Shell) -> None:
    repo = project(shell)
    for place in ("in", "out"):
        repo.write(f"{place}/code.py", "1\n")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("push -q -u origin main main:other")
    repo.git("branch -q other origin/other")
    repo.git("sparse-checkout init --cone --sparse-index")
    repo.git("sparse-checkout set in")
    for command in (
        "git commit -qam edit",
        "git commit -qa",
        "git checkout -q other",
        "git merge -q main",
        "git push -q",
    ):
        if "commit" in command:
            repo.write("in/code.py", command)
        assert not expanded(repo, command, GIT_EDITOR="sed -i 1s/^/edited/"), command


def test_what_is_left_out_is_no_deletion_and_comes_back(repo: Shell) -> None:
    top = repo.cwd
    assert "out" not in repo.git("data status")
    assert "out" not in repo.git("data ls")
    said = repo.run("git data checkout out/data", code=26).err
    assert "out/data is left out by the sparse checkout" in said
    assert "is tracked already" in repo.run("git data track --create out/data", code=None).err
    repo.write("in/data/a.txt", "in edited\n")
    repo.git("add -u")
    message = repo.cwd.parent / "message"
    repo.run("git commit -q", GIT_EDITOR=f'sh -c \'cp "$1" {message}; echo edited >"$1"\' -')
    assert message.read_text().partition("Data to be committed:\n")[2] == "# \tmodified:  in/data/a.txt\n"
    assert repo.git("show --format= --name-only HEAD") == "in/data.gitdata\n"
    repo.git("sparse-checkout disable")
    assert repo.clean
    assert (top / "out/data/a.txt").read_text() == "out one\n"
    assert (top / "out/model.bin").read_text() == "out one\n"
    assert repo.git("data status").count("clean") == 3


def test_a_pointer_that_says_the_same_does_not_take_what_is_left_out(repo: Shell) -> None:
    """A copy of a pointer is no new name for data with edits whose pointer a sparse checkout leaves out."""
    repo.git("sparse-checkout disable")
    repo.git("status")
    repo.git("-c core.fsmonitor=false sparse-checkout set in")
    assert not (repo.cwd / "out").exists()
    repo.write("out/data/a.txt", "edited, and nowhere else\n")
    repo.write("in/copy.gitdata", repo.git("show HEAD:out/data.gitdata"))
    repo.git("add in/copy.gitdata")
    repo.git("commit -qam copy")
    assert repo.read("out/data/a.txt") == b"edited, and nowhere else\n"
    repo.git("data pull")
    assert repo.read("in/copy/a.txt") == b"out one\n"
    assert repo.read("out/data/a.txt") == b"edited, and nowhere else\n"
