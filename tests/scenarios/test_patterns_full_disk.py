"""Files tracked by pattern while the store's file system is full: Git never removes the only copy."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from patterned import content, pointer
from shell import Shell, project

pytestmark = pytest.mark.any_git

SIZE = 20_000
KIB = 1024


@pytest.fixture
def repo(shell: Shell) -> Iterator[Shell]:
    """A repository whose store lies on a small file system of its own; skipped where none can be mounted."""
    store = shell.cwd / "project/.git/gitdata"
    shell.git("init -q project")
    store.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(store)], capture_output=True)
    if done.returncode:
        pytest.skip("needs to mount a file system")
    try:
        repo = project(shell)
        repo.git("data track *.bin")
        repo.write("m.bin", "first\n")
        repo.git("add .")
        repo.git("commit -qm first")
        yield repo
    finally:
        subprocess.run(["umount", "-l", str(store)], check=True)


def fill(repo: Shell, left: int) -> Path:
    """Leave so many bytes free."""
    ballast = repo.cwd / ".git/gitdata/ballast"
    status = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - left)))
    return ballast


@pytest.mark.parametrize("left", [0, 4 * KIB, 20 * KIB, 24 * KIB, 28 * KIB, 40 * KIB, 60 * KIB])
def test_a_stash_keeps_what_could_not_be_stored(repo: Shell, left: int) -> None:
    data = content(left, SIZE)
    repo.write("m.bin", data)
    ballast = fill(repo, left)
    told = repo.run("git add m.bin")
    assert told.err.count("\n") <= 1
    saved = repo.run("git stash", code=None)
    ballast.unlink()
    if saved.code == 0:
        assert repo.read("m.bin") in (
            b"first\n",
            pointer(b"first\n").encode(),
        )  # of a store without room nothing may come
        repo.git("stash pop")
    assert repo.read("m.bin") == data
    repo.git("add --renormalize m.bin")
    repo.git("commit -qm second")
    assert repo.git("show HEAD:m.bin") == pointer(data)
    assert repo.clean
    (repo.cwd / "m.bin").unlink()
    repo.git("checkout -q -- .")
    assert repo.read("m.bin") == data
    assert not list((repo.cwd / ".git/gitdata").glob("cleaned/*"))


def test_many_files_of_which_some_found_no_room(repo: Shell) -> None:
    files = {f"many/{number}.bin": content(1000 + number, 9_000) for number in range(12)}
    for name, data in files.items():
        repo.write(name, data)
    ballast = fill(repo, 64 * KIB)
    repo.run("git add .")
    refused = repo.run("git commit -qm many", code=None)
    assert refused.code != 0
    assert "staged instead of a pointer" in refused.err.splitlines()[-1]
    repo.run("git stash", code=None)
    ballast.unlink()
    repo.run("git stash pop", code=None)
    assert {name: repo.read(name) for name in files} == files
    repo.git("add --renormalize .")
    repo.git("commit -qm many")
    assert {name: repo.git(f"show HEAD:{name}") for name in files} == {n: pointer(data) for n, data in files.items()}
    repo.git("data fsck")


def test_what_was_kept_aside_is_pushed_and_stored(repo: Shell) -> None:
    """Also when no commit has looked for it: its hook was left out."""
    data = content(3, SIZE)
    repo.write("m.bin", data)
    ballast = fill(repo, SIZE + 8 * KIB)  # it is kept aside, and there is no room for a pack of it
    assert "kept aside" in repo.run("git add m.bin").err
    assert [file.name for file in (repo.cwd / ".git/gitdata/cleaned").iterdir()]
    ballast.unlink()
    repo.git("commit -q --no-verify -m second")
    repo.write("m.bin", "another\n")
    repo.git("push -q origin HEAD")
    assert not list((repo.cwd / ".git/gitdata").glob("cleaned/*"))
    repo.git("checkout -q -f HEAD -- m.bin")
    assert repo.read("m.bin") == data
