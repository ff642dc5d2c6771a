"""Files by which a repository steers Git and git-data may be links to anything: none is followed, or read for ever."""

import os
from pathlib import Path

import pytest
from shell import Shell, project

SECRET = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
KINDS = ("to a secret", "to /dev/zero", "directory")


@pytest.fixture
def secret(shell: Shell) -> Path:
    file = Path(os.environ["HOME"]) / "id_rsa"
    file.write_text(SECRET)
    return file


def put(repo: Shell, name: str, kind: str, secret: Path) -> None:
    file = repo.cwd / name
    file.unlink(missing_ok=True)
    if kind == "to a secret":
        file.symlink_to(secret)
    elif kind == "to /dev/zero":
        file.symlink_to("/dev/zero")
    else:
        file.mkdir()


def everything_in(repo: Shell) -> str:
    """All content that Git has, whoever refers to it."""
    return repo.git("cat-file --batch-all-objects --batch --unordered")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [".gitignore", ".gitattributes"])
def test_tracking_reads_no_link_and_no_device_and_touches_nothing(
    shell: Shell, secret: Path, name: str, kind: str
) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    put(repo, name, kind, secret)
    before = repo.git("status --porcelain")
    refused = repo.run("git data track data", code=21)
    assert refused.err.count("\n") == 1 and name in refused.err
    assert repo.git("status --porcelain") == before
    assert not (repo.cwd / "data.gitdata").exists()
    assert SECRET not in everything_in(repo)
    assert secret.read_text() == SECRET


@pytest.mark.parametrize("kind", ["to a secret", "to /dev/zero"])
def test_untracking_and_patterns_read_none_either(shell: Shell, secret: Path, kind: str) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    put(repo, ".gitattributes", kind, secret)
    for command in ("track '*.bin'", "untrack data"):
        refused = repo.run(f"git data {command}", code=21)
        assert refused.err.count("\n") == 1 and ".gitattributes" in refused.err
    put(repo, ".gitignore", kind, secret)
    repo.git("mv data.gitdata other.gitdata")
    repo.run("git commit -m moved", code=None)
    assert SECRET not in everything_in(repo)
    assert secret.read_text() == SECRET


@pytest.mark.parametrize("kind", KINDS)
def test_everyday_commands_end(shell: Shell, secret: Path, kind: str) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    put(repo, ".gitattributes", kind, secret)
    put(repo, "data/.gitdataignore", kind, secret)
    repo.git("status --porcelain")
    repo.run("git data init", code=None)
    repo.run("git data status", code=None)
    repo.run("git commit -qam two", code=None)
    repo.git("checkout -q HEAD")
    assert SECRET not in everything_in(repo)


def test_rules_are_matched_in_time_that_is_bounded(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/" + "a" * 240, "1\n")
    repo.write("data/b", "2\n")
    repo.write(".gitdataignore", "*a" * 40 + "b\nb\n")
    repo.git("data track data")
    assert [line.split()[-1] for line in repo.git("data ls").splitlines()] == ["data/" + "a" * 240]
    repo.git("status")


def test_no_line_keeps_code_out_of_git_for_a_pointer_that_is_refused(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    repo.write("src/main.py", "print()\n")
    repo.git("data track data")
    repo.git("add src")
    repo.git("commit -qm one")
    oid = repo.git("rev-parse HEAD:data.gitdata").strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},src.gitdata")
    repo.git("checkout-index -a")
    said = repo.run("git commit -m two").err
    assert "src.gitdata is not taken for a pointer" in said
    assert b"src" not in repo.read(".gitignore")
    assert repo.read("src/main.py") == b"print()\n"
    assert sorted(os.listdir(repo.cwd / "src")) == ["main.py"]
