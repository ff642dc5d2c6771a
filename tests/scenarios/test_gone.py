"""A machine from which git-data has gone: Git works on pointers, and its return heals everything."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from shell import Shell, project

BARE = "/usr/bin:/bin"


@dataclass
class Installation:
    """A command `git-data` in a folder of its own, which can be moved away and brought back."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "bin/git-data"

    def make(self) -> None:
        # A virtual environment that sees the packages of this one: quick, and moves as a real one does.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.folder)], check=True)
        site = next(self.folder.glob("lib/python*/site-packages"))
        here = [path for path in sys.path if path.endswith("site-packages")]
        (site / "borrowed.pth").write_text("\n".join([*here, str(Path(__file__).parents[2])]) + "\n")
        self.program.write_text(
            f"#!{self.folder}/bin/python\nimport sys\nfrom gitdata.__main__ import main\nsys.exit(main())\n"
        )
        self.program.chmod(0o755)

    def leave(self, how: str) -> None:
        if how == "moved away":
            self.folder.rename(self.folder.with_name("away"))
        else:  # the system's Python was replaced: the environment's own is a link to nothing
            for name in ("python", "python3"):
                (self.folder / "bin" / name).rename(self.folder / "bin" / f"away-{name}")

    def come_back(self, how: str) -> None:
        if how == "moved away":
            self.folder.with_name("away").rename(self.folder)
        else:
            for name in ("python", "python3"):
                (self.folder / "bin" / f"away-{name}").rename(self.folder / "bin" / name)


HOW = ("moved away", "without its Python")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation(tmp_path / "venv")
    made.make()
    return made


@pytest.fixture
def repo(shell: Shell, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project with two versions on two branches, set up by an installation that can go away."""
    monkeypatch.setenv("PATH", f"{installation.folder}/bin:{BARE}")
    repo = project(shell)
    assert str(installation.program) in repo.git("config filter.gitdata.process")
    repo.write("data/a.txt", "one\n")
    repo.write("data/b.txt", "b\n")
    repo.write("code.py", "1\n")
    repo.git("data track data")
    repo.git("add .")
    repo.git("commit -qm one")
    repo.git("tag v1")
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    repo.git("tag v2")
    repo.git("checkout -q -b side v1")
    repo.write("data/c.txt", "c\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    return repo


def quiet(repo: Shell, command: str, code: int = 0) -> None:
    """A Git command that must work as if git-data had never been heard of."""
    done = repo.run(f"git {command}", code=code)
    assert "fatal" not in done.err and "error" not in done.err, done.err


@pytest.mark.parametrize("how", HOW)
def test_every_git_command_works_and_the_return_heals(repo: Shell, installation: Installation, how: str) -> None:
    want = {name: repo.git(f"show {name}:data.gitdata") for name in ("v1", "v2", "side")}
    installation.leave(how)
    quiet(repo, "status")
    quiet(repo, "diff HEAD~1")
    quiet(repo, "log -p --stat")
    repo.write("code.py", "2\n")
    quiet(repo, "commit -qam code")
    quiet(repo, "checkout -q v1")
    assert repo.read("data.gitdata").decode() == want["v1"]
    quiet(repo, "checkout -q main")
    # The branches changed different files: their listings merge as text.
    quiet(repo, "merge -q --no-edit side")
    assert {line.split()[-1] for line in repo.read("data.gitdata").decode().splitlines()[1:]} == {
        "a.txt", "b.txt", "c.txt",
    }  # fmt: skip
    quiet(repo, "checkout -q -b rebased v1")
    repo.write("code2.py", "2\n")
    quiet(repo, "add code2.py")
    quiet(repo, "commit -qm more")
    quiet(repo, "rebase -q side")
    repo.write("code.py", "3\n")
    quiet(repo, "stash -q")
    quiet(repo, "stash pop -q")
    quiet(repo, "commit -qam three")
    quiet(repo, "revert --no-edit HEAD")
    quiet(repo, "clone -q . ../copy")
    quiet(repo, "worktree add -q ../linked v1")
    assert repo.git("status --porcelain") == ""
    refused = repo.run("git push -q origin main", code=1)
    told = [line for line in refused.err.splitlines() if line.startswith("git-data: ")]
    assert len(told) == 1
    assert "git-data is not installed here (install it, or push without data: git push --no-verify)" in told[0]
    assert repo.git("ls-remote origin") == ""
    quiet(repo, "checkout -q main")
    # Nothing of the data was touched in the meantime.
    assert (repo.read("data/a.txt"), (repo.cwd / "data/c.txt").exists()) == (b"two\n", False)
    installation.come_back(how)
    assert repo.git("status --porcelain") == ""
    assert (repo.read("data/a.txt"), repo.read("data/c.txt")) == (b"two\n", b"c\n")
    linked = repo.cd("../linked")
    assert linked.git("status --porcelain") == ""
    assert linked.read("data/a.txt") == b"one\n"
    repo.git("worktree remove --force ../linked")
    for name, text in (("v1", b"one\n"), ("v2", b"two\n"), ("rebased", b"one\n")):
        repo.git(f"checkout -q {name}")
        assert repo.read("data/a.txt") == text
    repo.git("push -q origin main side rebased")
    assert "checked" in repo.git("data fsck --remote origin")


def test_a_merge_with_both_sides_changed_is_a_conflict_as_ever(repo: Shell, installation: Installation) -> None:
    repo.git("checkout -q side")
    repo.write("data/a.txt", "side\n")
    repo.git("commit -qam other")
    installation.leave(HOW[0])
    repo.run("git merge -q --no-edit main", code=1)
    assert "UU data.gitdata" in repo.git("status --porcelain") or "AA" in repo.git("status --porcelain")
    quiet(repo, "merge --abort")
    installation.come_back(HOW[0])
    assert repo.git("status --porcelain") == ""
    assert repo.read("data/a.txt") == b"side\n"


@pytest.mark.parametrize("first", ["status", "checkout -q main", "data status", "commit -q --allow-empty -m x"])
def test_data_follows_pointers_that_moved_meanwhile(repo: Shell, installation: Installation, first: str) -> None:
    installation.leave(HOW[0])
    repo.git("checkout -q v1")
    installation.come_back(HOW[0])
    assert repo.read("data/a.txt") == b"two\n"
    repo.git(first)
    if first == "data status":
        repo.git("data checkout")
    expected = b"two\n" if "main" in first else b"one\n"
    assert repo.read("data/a.txt") == expected
    assert repo.git("status --porcelain") == ""


def test_edits_made_meanwhile_are_seen_afterwards(repo: Shell, installation: Installation) -> None:
    installation.leave(HOW[0])
    repo.write("data/a.txt", "edited\n")
    repo.write("data/new.txt", "new\n")
    repo.git("commit -q --allow-empty -am nothing")
    installation.come_back(HOW[0])
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam edit")
    repo.git("checkout -q v1")
    repo.git("checkout -q main")
    assert (repo.read("data/a.txt"), repo.read("data/new.txt")) == (b"edited\n", b"new\n")


def test_edits_that_clash_with_a_pointer_that_moved_are_neither_lost_nor_recorded(
    repo: Shell, installation: Installation
) -> None:
    installation.leave(HOW[0])
    repo.write("data/a.txt", "edited\n")
    repo.write("data/b.txt", "edited too\n")
    repo.git("checkout -q v1")
    installation.come_back(HOW[0])
    v1 = repo.git("show v1:data.gitdata")
    said = repo.run("git status --porcelain")
    assert "data/a.txt" in said.err and said.err.count("git-data: ") == 1
    repo.write("code.py", "2\n")
    refused = repo.run("git commit -qam code", code=1)
    assert "data/a.txt" in refused.err
    assert repo.git("show HEAD:data.gitdata") == v1
    assert (repo.read("data/a.txt"), repo.read("data/b.txt")) == (b"edited\n", b"edited too\n")
    # The person decides: these files are wanted.
    repo.git("data add data")
    repo.git("commit -qam mine")
    assert repo.git("status --porcelain") == ""
    repo.git("checkout -q v2")
    assert repo.read("data/a.txt") == b"two\n"
    repo.git("checkout -q -")
    assert (repo.read("data/a.txt"), repo.read("data/b.txt")) == (b"edited\n", b"edited too\n")


def test_a_pointer_that_was_committed_meanwhile_is_mended_and_pushed(repo: Shell, installation: Installation) -> None:
    repo.write("data/a.txt", "three\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"  # the pointer tells of it, nothing is stored
    installation.leave(HOW[0])
    repo.git("commit -qam three")
    installation.come_back(HOW[0])
    refused = repo.run("git push -q origin main", code=1)
    assert "never recorded" in refused.err and "git data add" in refused.err
    repo.git("data add")
    repo.git("commit -qm mended")
    repo.git("push -q origin main")
    repo.git("checkout -q v1")
    shutil.rmtree(repo.cwd / ".git/gitdata/packs")
    repo.git("data fsck", code=None)
    repo.git("checkout -q main")
    assert repo.read("data/a.txt") == b"three\n"


def test_a_clone_made_meanwhile_is_completed_afterwards(shell: Shell, repo: Shell, installation: Installation) -> None:
    repo.git("push -q origin main side")
    repo.git("data install")
    installation.leave(HOW[0])
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    assert clone.git("status --porcelain") == ""
    assert not (clone.cwd / "data").exists()
    installation.come_back(HOW[0])
    clone.git(f"config gitdata.trust {shell.cwd / 'bucket'}")
    clone.git("data init")
    assert (clone.read("data/a.txt"), clone.read("data/b.txt")) == (b"two\n", b"b\n")


def test_hook_managers_go_on_without_git_data(repo: Shell, installation: Installation) -> None:
    repo.write(".githooks/pre-commit", "#!/bin/sh\necho theirs >>.git/ran\n")
    repo.write(".githooks/pre-push", "#!/bin/sh\ncat >>.git/ran\n")
    for file in (repo.cwd / ".githooks").iterdir():
        file.chmod(0o755)
    repo.git("config core.hooksPath .githooks")
    repo.git("data init")
    installation.leave(HOW[0])
    repo.write("code.py", "2\n")
    repo.git("commit -qam code")
    assert repo.read(".git/ran") == b"theirs\n"
    repo.run("git push -q origin main", code=1)
    repo.git("push -q --no-verify origin main")
