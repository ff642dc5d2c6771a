"""A directory remote in which somebody has put something else in the place of what was pushed."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def huge(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(200 << 30)  # sparse


@pytest.fixture(scope="module")
def there(lasting: Shell) -> Shell:
    """A clone that has no data yet; what the tests put into its remote they take out again."""
    repo = project(lasting)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("push -q origin main")
    lasting.git("clone -q hub.git clone")
    there = lasting.cd("clone")
    there.run("git data init", code=None)
    there.git(f"data remote add origin {lasting.cwd / 'bucket'}")
    return there


@contextlib.contextmanager
def replaced(there: Shell, kind: str, make: Callable[[Path], None]) -> Iterator[str]:
    """Something else in the place of a file of the remote; its name there."""
    shutil.rmtree(there.cwd / ".git/gitdata/remotes", ignore_errors=True)
    bucket = there.cwd.parent / "bucket"
    files = [bucket / kind] if kind == "gitdata.json" else (bucket / kind).rglob("*")
    victim = next(path for path in files if path.is_file())
    aside = bucket.parent / "aside"
    victim.rename(aside)
    make(victim)
    try:
        yield str(victim.relative_to(bucket))
    finally:
        victim.rmdir() if make is folder else victim.unlink()
        aside.rename(victim)


def failing(there: Shell, command: str) -> str:
    """The one line that a command fails with."""
    done = there.run(command, code=None)
    said = [line for line in done.err.splitlines() if line.startswith("git-data: ")]
    assert done.code and len(said) == 1 and "Errno" not in done.err, done.err
    return said[0]


@pytest.mark.parametrize(("make", "what"), [(fifo, "a FIFO"), (link, "a link"), (folder, "a folder")])
@pytest.mark.parametrize("kind", ["gitdata.json", "manifests", "packs"])
def test_nothing_but_files_is_opened(there: Shell, kind: str, make: Callable[[Path], None], what: str) -> None:
    with replaced(there, kind, make) as name:
        said = failing(there, "git data pull")
    if make is folder and kind == "manifests":
        return  # to be found there it would have to have files in it
    assert f"{name} in {there.cwd.parent / 'bucket'} is {what}, not a file" in said


def test_a_small_file_that_is_huge_is_not_read(there: Shell) -> None:
    for kind in ("gitdata.json", "manifests"):
        with replaced(there, kind, huge) as name:
            assert f"{name} in {there.cwd.parent / 'bucket'} is larger than the" in failing(there, "git data pull")


def test_fsck_and_push_name_it_too(there: Shell) -> None:
    repo = there.cd("../project")
    with replaced(there, "packs", fifo) as name:
        line = f"{name} in {there.cwd.parent / 'bucket'} is a FIFO, not a file"
        assert line in repo.run("git data fsck --remote origin", code=14).out
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam second")
    with replaced(there, "gitdata.json", fifo) as name:
        assert f"{name} in {there.cwd.parent / 'bucket'} is a FIFO, not a file" in failing(repo, "git data push --all")


def test_afterwards_all_is_well(there: Shell) -> None:
    there.git("data pull")
    assert there.read("data/a.txt") == b"one\n"


@pytest.mark.parametrize("name", [".gitdata.toml", ".gitattributes", ".gitdataignore"])
def test_a_control_file_that_is_a_link_without_end(shell: Shell, name: str) -> None:
    """Git checks the link out as it stands in the commit; nothing reads what it leads to."""
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("push -q origin main")
    (repo.cwd / name).unlink(missing_ok=True)
    (repo.cwd / name).symlink_to("/dev/zero")
    repo.git(f"add {name}")
    repo.git("commit -qm link --no-verify")
    repo.git("push -q --no-verify origin main")
    shell.git("clone -q hub.git clone")
    there = shell.cd("clone")
    for command in ("data init", "data status", "data pull", "status", "commit -q --allow-empty -m x"):
        there.run(f"git {command}", code=None)
