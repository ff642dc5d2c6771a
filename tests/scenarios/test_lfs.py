"""Git LFS in the same repository: both orders work, and a push and a checkout run both."""

import os

import pytest
from lfs import git_lfs
from managers import files
from shell import Shell

PICTURE = b"layers " * 1000


@pytest.fixture
def repo(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project with a hub to which Git LFS can send its files, and neither of the two set up."""
    folder = git_lfs()
    if folder is None:
        pytest.skip("git-lfs cannot be had")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{folder}")
    shell.git("init -q --bare hub.git")
    shell.git("init -q project")
    repo = shell.cd("project")
    repo.git(f"remote add origin file://{shell.cwd}/hub.git")
    return repo


def both_work(repo: Shell) -> None:
    """A commit, a push, a clone and a switch bring along what either of them keeps."""
    bucket, objects = repo.cwd.parent / "bucket", repo.cwd.parent / "hub.git/lfs/objects"
    if not (repo.cwd / "data.gitdata").exists():
        repo.git(f"data remote add origin {bucket}")
        repo.write("data/a.csv", "one\n")
        repo.git("data track data")
        repo.git("lfs track *.psd")
        repo.git("add .gitattributes")
    for number in ("one", "two"):
        before = len(files(bucket)), len(files(objects))
        repo.write("picture.psd", PICTURE + number.encode() + os.urandom(8))
        repo.write("data/a.csv", f"{number} {os.urandom(8).hex()}\n")
        repo.git("add -A")
        repo.git(f"commit -qam {number}")
        assert repo.git("show HEAD:picture.psd").startswith("version https://git-lfs")
        repo.git("push -q origin main")
        assert len(files(bucket)) > before[0]
        assert len(files(objects)) > before[1]
        assert repo.clean
    pictures = repo.read("picture.psd"), repo.read("data/a.csv")
    repo.git("checkout -q HEAD~")
    assert repo.read("picture.psd").startswith(PICTURE + b"one")
    assert repo.read("data/a.csv").startswith(b"one")
    repo.git("checkout -q main")
    assert (repo.read("picture.psd"), repo.read("data/a.csv")) == pictures
    assert repo.clean


def test_git_lfs_first(repo: Shell) -> None:
    repo.git("lfs install")
    before = files(repo.cwd / ".git/hooks")
    repo.git("data init")
    both_work(repo)
    repo.git("data uninstall --repo")
    assert files(repo.cwd / ".git/hooks") == before


def test_git_data_first_and_lfs_by_force(repo: Shell) -> None:
    """As README says. Git LFS refuses hooks that are not its own, names the ways out, and sets up its filter."""
    repo.git("data init")
    refused = repo.run("git lfs install", code=2)
    assert "git lfs update --force" in refused.said
    repo.git("lfs update --force")
    repo.git("data init")
    both_work(repo)


def test_git_data_in_use_and_lfs_by_force(repo: Shell) -> None:
    """The next command puts git-data's hooks back, before those of Git LFS."""
    repo.git("data init")
    repo.write("data/a.csv", "one\n")
    repo.git("data track data")
    repo.git("commit -qm data")
    repo.git(f"data remote add origin {repo.cwd.parent / 'bucket'}")
    repo.run("git lfs install", code=2)
    repo.git("lfs update --force")
    repo.git("status")
    repo.git("lfs track *.psd")
    both_work(repo)


@pytest.mark.parametrize("where", ["behind", "before"])
def test_git_data_first_and_lfs_by_hand(repo: Shell, where: str) -> None:
    """`git lfs update --manual` says what to add to which hooks; people add it at the beginning or at the end."""
    repo.git("data init")
    repo.run("git lfs install", code=2)
    name = ""
    added: dict[str, str] = {}
    for line in repo.git("lfs update --manual").splitlines():
        if line.startswith("Add the following to '"):
            name = line.split("'")[1]
        elif line.startswith("\t") and not line.startswith("\t#!"):
            added[name] = added.get(name, "") + line[1:] + "\n"
    assert sorted(added) == [
        f".git/hooks/{hook}" for hook in ("post-checkout", "post-commit", "post-merge", "pre-push")
    ]
    for file, lines in added.items():
        shebang, _, rest = repo.read(file).decode().partition("\n")
        repo.write(file, f"{shebang}\n{lines}{rest}" if where == "before" else f"{shebang}\n{rest}{lines}")
    repo.git("data init")
    both_work(repo)
    hooks = files(repo.cwd / ".git/hooks")
    for file, lines in added.items():
        assert lines.encode() in hooks[file.rpartition("/")[2]]
