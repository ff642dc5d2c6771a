"""With live status off, hooks and filter alone reach the states that live status reaches."""

import shutil
import time

import pytest
from shell import Shell, project

SESSION = (
    "write data/a 2; code; git commit -qam two; git tag v2",
    "write data/b 3; write data/new/c 3; code; git add code.txt; git commit -qm three",
    "git checkout -q v1",
    "git checkout -q main",
    "git checkout -q -b side v2; write data/side s; code side.txt; git add side.txt; git commit -qam side",
    "git checkout -q main; git merge -q --no-edit side",
    "git reset -q --hard HEAD~1",
    "git rebase -q side",
    "git revert --no-edit HEAD",
    "git cherry-pick v2^0",
    "git checkout -q -b other v1; git merge -q --no-edit main",
    "write data/a amended; code; git commit -q -a --amend --no-edit",
    "rm data/b; code; git commit -q -a -m gone",
    "git checkout -q v2 -- data.gitdata; git commit -q -m back",
    "git worktree add -q ../linked-{name} v1; git worktree remove --force ../linked-{name}",
    "git clean -qfdx; git data checkout",
)


def run(repo: Shell, line: str, number: int) -> None:
    for command in line.split("; "):
        words = command.replace("{name}", repo.cwd.name).split(" ")
        if words[0] == "write":
            repo.write(words[1], f"{words[2]}\n")
        elif words[0] == "rm":
            (repo.cwd / words[1]).unlink()
        elif words[0] == "code":
            repo.write(words[1] if len(words) > 1 else "code.txt", f"{number}\n")
        else:
            repo.run(" ".join(words), code=None)


def state(repo: Shell) -> tuple[dict[str, bytes], str, str]:
    data = repo.cwd / "data"
    files = {str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}
    history = repo.git("log --format=%s --name-only --first-parent")
    return files, repo.git("show HEAD:data.gitdata"), history


def made(shell: Shell, name: str, *, live: bool) -> Shell:
    repo = project(shell, name=name)
    if not live:
        repo.git("data init --no-live")
    for file in ("a", "b"):
        repo.write(f"data/{file}", "1\n")
    repo.write("code.txt", "0\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("tag v1")
    return repo


def test_the_same_session_ends_in_the_same_states(shell: Shell) -> None:
    seeing, blind = made(shell, "seeing", live=True), made(shell, "blind", live=False)
    assert blind.run("git config core.fsmonitor", code=1).out == ""
    for number, line in enumerate(SESSION, 1):
        run(seeing, line, number)
        run(blind, line, number)
        assert state(seeing) == state(blind), line
        assert seeing.clean and blind.clean, line


@pytest.mark.parametrize("command", ["git commit -qm data", "git commit -qam data"])
def test_a_commit_of_nothing_but_data_needs_a_second_try(shell: Shell, command: str) -> None:
    repo = made(shell, "blind", live=False)
    repo.write("data/a", "2\n")
    assert "run the same command again" in repo.run(command, code=1).err
    repo.run(command)
    assert repo.git("show --name-only --format= HEAD").split() == ["data.gitdata"]
    assert repo.clean
    repo.git("checkout -q v1")
    assert repo.read("data/a") == b"1\n"


def test_edits_are_carried_over_or_kept_and_never_lost(shell: Shell) -> None:
    repo = made(shell, "blind", live=False)
    repo.write("data/a", "2\n")
    repo.write("code.txt", "2\n")
    repo.git("commit -qam two")
    repo.write("data/b", "edited\n")
    repo.git("checkout -q v1")  # the edit of another file is carried over, as Git does
    assert (repo.read("data/a"), repo.read("data/b")) == (b"1\n", b"edited\n")
    repo.write("data/a", "edited too\n")
    refused = repo.run("git checkout -q main", code=None)  # here Git would have refused; the edit stays, and it is said
    assert "data/a" in refused.err
    assert (repo.read("data/a"), repo.read("data/b")) == (b"edited too\n", b"edited\n")
    shutil.copytree(repo.cwd / "data", shell.cwd / "kept")
    assert "kept before being replaced" in repo.git("data checkout --force")
    assert (repo.read("data/a"), repo.read("data/b")) == (b"2\n", b"1\n")


@pytest.fixture
def many(shell: Shell) -> Shell:
    """Many files, of which one differs between the last two commits, and one is only in the last."""
    repo = project(shell)
    repo.git("data init --no-live")
    repo.git("config gitdata.listingLimit 10")
    for folder in "abc":
        for number in range(5):
            repo.write(f"data/{folder}/{number}", f"{folder} {number}\n")
    time.sleep(0.05)  # what was written just now has to be read again
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.write("data/b/3", "edited\n")
    repo.write("data/b/new", "new\n")
    time.sleep(0.05)
    repo.git("data add data")
    repo.git("commit -qm two")
    return repo


@pytest.mark.parametrize(
    "edit", ["echo mine >data/a/1", "echo mine >data/b/1", "rm data/c/4", "mv data/c data/d", "echo mine >data/b/mine"]
)
def test_edits_of_what_is_the_same_in_both_versions_stay(many: Shell, edit: str) -> None:
    many.run(f"sh -c '{edit}'")
    mine = many.copy("mine", "data")
    many.git("checkout -q HEAD~1")
    assert many.read("data/b/3") == b"b 3\n" and not (many.cwd / "data/b/new").exists()
    many.git("checkout -q -")
    many.same(mine, "data")


@pytest.mark.parametrize("edit", ["echo mine >data/b/3", "rm data/b/3", "chmod +x data/b/new"])
def test_edits_of_what_differs_are_kept_and_told(many: Shell, edit: str) -> None:
    many.run(f"sh -c '{edit}'")
    mine = many.copy("mine", "data")
    assert "kept local edits" in many.run("git checkout -q HEAD~1", code=None).err
    edited = many.cwd / "data/b" / ("new" if "new" in edit else "3")
    before = mine / "data/b" / edited.name
    assert edited.exists() == before.exists()
    if before.exists():
        assert edited.read_bytes() == before.read_bytes() and edited.stat().st_mode == before.stat().st_mode


def test_what_stands_where_another_version_has_a_file_is_kept(many: Shell) -> None:
    many.git("checkout -q HEAD~1")
    many.write("data/b/new", "mine\n")
    assert "kept local edits" in many.run("git checkout -q main", code=None).err
    assert many.read("data/b/new") == b"mine\n" and many.read("data/b/3") == b"edited\n"


def test_a_directory_that_is_gone_comes_back_whole(many: Shell) -> None:
    shutil.rmtree(many.cwd / "data")
    many.git("checkout -q HEAD~1")
    assert many.read("data/a/0") == b"a 0\n" and many.read("data/b/3") == b"b 3\n"
