"""`git data checkout --force` among many files keeps in memory what differs, and comes to what a list of all does."""

import os
import shutil
from pathlib import Path

import pytest
from jobs import content, copy
from shell import Shell, project

from gitdata import workspace
from gitdata.ops.following import forced
from gitdata.ops.following.materialise import materialise
from gitdata.worktree import pointer_files

POINTER = b"data.gitdata"


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.git("config gitdata.listingLimit 1")
    for version in (1, 2):
        shutil.rmtree(repo.cwd / "data", ignore_errors=True)
        for number in range(6):
            repo.write(f"data/{number}", f"{number} of {version if number < 3 else 'both'}\n")
            repo.write(f"data/deep/{number}/file", f"{number}\n")
        repo.write(f"data/only-{version}/a", "a\n")
        repo.write(f"data/{'kind' if version == 1 else 'kind/inside'}", "kind\n")
        (repo.cwd / "data/link").symlink_to(str(version))
        (repo.cwd / "data/empty").mkdir()
        repo.git("data track data" if version == 1 else "status")
        repo.git("add -A")
        repo.git(f"commit -qm v{version}")
        repo.git(f"tag v{version}")
    return repo


def edit(repo: Shell) -> None:
    """All that can be done to files."""
    data = repo.cwd / "data"
    for name in ("0", "3", "deep/0/file"):
        repo.write(f"data/{name}", "an edit\n")
    repo.write("data/4", "4 of bulk\n")  # as long as it was
    (data / "5").unlink()
    (data / "5").symlink_to("4")
    (data / "1").unlink()
    (data / "deep/1/file").chmod(0o755)
    shutil.rmtree(data / "deep/2")
    repo.write("data/deep/2", "a file now\n")
    (data / "deep/3/file").unlink()
    repo.write("data/deep/3/file/more", "a folder now\n")
    repo.write("data/new/file", "new\n")
    repo.write("data/only-1/a", "a\n")  # as a version has it
    (data / "empty").rmdir()
    (data / "void").mkdir()
    shutil.rmtree(data / "deep/4")


def there(repo: Shell) -> tuple[object, ...]:
    """The data, and what can be brought back."""
    found = content(repo.cwd / "data")
    repo.run("git data undo 1 --to ../undone", code=None)
    undone = content(repo.cwd / "../undone")
    shutil.rmtree(repo.cwd / "../undone", ignore_errors=True)
    return found, undone, repo.git("status --porcelain"), repo.git("data fsck")


@pytest.mark.parametrize("looked", [False, True], ids=["", "looked"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_as_with_a_look_at_everything(
    repo: Shell, monkeypatch: pytest.MonkeyPatch, version: str, *, looked: bool
) -> None:
    edit(repo)
    if looked:
        repo.git("status")
    aim = repo.git(f"show {version}:data.gitdata").encode()
    saved, found = Path(f"{repo.cwd}-saved"), []
    copy(repo.cwd, saved)
    for many in (1 << 30, 1):
        copy(saved, repo.cwd)
        monkeypatch.setattr(forced, "MANY", many)
        place = workspace.here(repo.cwd)
        if not looked:
            pointer_files.write(place.root(POINTER), aim)
        narrowed = []
        known = forced.narrowed
        monkeypatch.setattr(
            "gitdata.ops.following.materialise.narrowed",
            lambda *words, known=known, into=narrowed, **more: into.append(known(*words, **more)) or into[-1],
        )
        done = materialise(place, [POINTER], force=True)
        assert [parts is not None for parts in narrowed] == [many == 1]
        found.append((str(done.error), done.roots, *there(repo)))
    assert found[0] == found[1]
    if looked or version == "v2":
        assert os.readlink(repo.cwd / "data/link") == "2"


def test_what_is_in_the_way_of_an_undo_is_kept(repo: Shell) -> None:
    for name in ("0", "3", "deep/0/file", "deep/1/file"):
        repo.write(f"data/{name}", f"an edit of {name}\n")
    repo.git("status")
    repo.git("restore .")
    (repo.cwd / "data/0").unlink()
    repo.write("data/0/inside/file", "in the way\n")
    shutil.rmtree(repo.cwd / "data/deep/0")
    repo.write("data/deep/0", "in the way, too\n")
    repo.write("data/deep/1/other", "not in the way\n")
    assert "4 files brought back" in repo.git("data undo 1")
    for name in ("0", "3", "deep/0/file", "deep/1/file"):
        assert repo.read(f"data/{name}") == f"an edit of {name}\n".encode()
    assert repo.read("data/deep/1/other") == b"not in the way\n"
    assert "2 files" in repo.git("data undo").splitlines()[0]
    repo.git("data undo 1 --to ../undone")
    assert repo.read("../undone/data/0/inside/file") == b"in the way\n"
    assert repo.read("../undone/data/deep/0") == b"in the way, too\n"
    repo.write("data/deep/1/FILE", "a name like another\n")
    repo.write("data/deep/1/file", "once more\n")
    repo.git("restore data.gitdata")
    assert "are one name" in repo.run("git data undo 1", code=None).err
    repo.git("data fsck")
