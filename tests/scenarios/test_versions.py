"""Versions of a repository, compared and read: in both forms of pointers, and where only the remote has the bytes."""

import os
import subprocess
from pathlib import Path

import pytest
from shell import Shell, first_commit, project

from gitdata import remarks, workspace
from gitdata.errors import DataMissing, GitFailed, NotTracked, Offline
from gitdata.ops.versions.changes import changes
from gitdata.ops.versions.finding import below, find, named
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import at_revision, staged

pytestmark = pytest.mark.any_git


def edited(shell: Shell, limit: int) -> Shell:
    """A repository with two commits: files added, deleted, changed, made executable, moved, also between roots."""
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    for number in range(8):
        repo.write(f"data/deep/er/{number}.csv", f"a,b\n{number},1\n" * 50)
    repo.write("data/moved.bin", b"\0moved" * 1000)
    repo.write("data/tool.sh", "#!/bin/sh\n")
    repo.write("data/gone.txt", "gone")
    repo.write("other/here.txt", "here")
    repo.write("model.onnx", b"\0first")
    repo.git("data track data other")
    repo.git("data track '*.onnx'")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.write("data/deep/er/3.csv", "a,b\n3,2\n")
    repo.write("data/new/file.txt", "new")
    (repo.cwd / "data/moved.bin").rename(repo.cwd / "other/moved.bin")
    (repo.cwd / "data/gone.txt").unlink()
    (repo.cwd / "data/tool.sh").chmod(0o755)
    repo.write("model.onnx", b"\0second")
    repo.git("add -A")
    repo.git("commit -qm second")
    return repo


def told(place: workspace.Workspace, before: str, after: str, *paths: bytes, offline: bool = True) -> list[str]:
    with place.open_store() as store:
        found = changes(Source(place, store, offline), at_revision(place, before), at_revision(place, after), paths)
    return [f"{one.what} {os.fsdecode(one.path)}" for one in found]


EXPECTED = [
    "changed data/deep/er/3.csv",
    "deleted data/gone.txt",
    "added data/new/file.txt",
    "changed data/tool.sh",
    "changed model.onnx",
    "renamed other/moved.bin",
]


@pytest.mark.parametrize("limit", [4096, 1])
def test_two_versions_compared_and_read(shell: Shell, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = edited(shell, limit)
    place = workspace.here(repo.cwd)
    assert told(place, "HEAD~1", "HEAD") == EXPECTED
    assert told(place, "HEAD~1", "HEAD", b"data/deep", b"other/moved.bin") == [EXPECTED[0], "added other/moved.bin"]
    assert told(place, "HEAD", "HEAD") == []

    monkeypatch.chdir(repo.cwd / "data/deep")
    with place.open_store() as store:
        source = Source(place, store, offline=True)
        old = find(source, *named(place, "HEAD~1:./er/3.csv"))
        assert b"".join(source.stream(old)) == b"a,b\n3,1\n" * 50
        now = find(source, *named(place, ":data/deep/er/3.csv"))
        assert b"".join(source.stream(now)) == repo.read("data/deep/er/3.csv")
        assert source.read(find(source, *named(place, "HEAD~1:model.onnx")), 100) == b"\0first"
        assert [os.fsdecode(file.path) for file in below(source, staged(place), b"data/deep")] == [
            f"data/deep/er/{number}.csv" for number in range(8)
        ]
        for word, said in (("HEAD:data/gone.txt", "is not in HEAD"), ("HEAD:nothing", "never was")):
            with pytest.raises(NotTracked, match=said):
                find(source, *named(place, word))
        with pytest.raises(NotTracked, match="Git itself has it"):
            find(source, *named(place, "HEAD:.gitattributes"))
        with pytest.raises(GitFailed, match="no revision 'HEAD~7'"):
            named(place, "HEAD~7:data/a")


@pytest.mark.parametrize("limit", [4096, 1])
def test_what_is_not_here_comes_in_one_go_and_stays_away_offline(shell: Shell, limit: int) -> None:
    repo = edited(shell, limit)
    repo.git("push -q origin HEAD")
    shell.git("clone -q hub.git clone", GIT_LFS_SKIP_SMUDGE="1")
    clone = shell.cd("clone")
    clone.git("data init", code=None)
    clone.git(f"data remote add origin {shell.cwd / 'bucket'}", code=None)
    subprocess.run(["rm", "-rf", str(clone.cwd / ".git/gitdata/packs"), str(clone.cwd / ".git/gitdata/catalog.db")])
    place = workspace.here(clone.cwd)
    if limit == 1:
        with pytest.raises(Offline, match="are not in this clone"):
            told(place, "HEAD~1", "HEAD")
    assert told(place, "HEAD~1", "HEAD", offline=False) == EXPECTED
    if limit == 1:  # small files have come with the trees that they lie beside
        return
    with place.open_store() as store:
        files = [
            find(Source(place, store), *named(place, word)) for word in ("HEAD~1:data/gone.txt", "HEAD:model.onnx")
        ]
        with pytest.raises(Offline, match=r"data/gone.txt, model.onnx \(11 B\) are not in this clone"):
            Source(place, store, offline=True).bring(files)
        remarks.taken()
        source = Source(place, store)
        source.bring(files)
        assert source.fetched.line == "fetched 2 files (11 B) from origin"
        assert [b"".join(source.stream(file)) for file in files] == [b"gone", b"\0second"]


def test_what_cannot_be_had_is_named(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.txt", "first")
    first_commit(repo)
    repo.git("data remote remove origin")
    subprocess.run(["rm", "-rf", str(repo.cwd / ".git/gitdata/packs")])
    Path(repo.cwd / ".git/gitdata/catalog.db").unlink()
    place = workspace.here(repo.cwd)
    with place.open_store() as store, pytest.raises(DataMissing, match="1 part of data.gitdata are not in this clone"):
        source = Source(place, store)
        source.bring([find(source, *named(place, "HEAD:data/a.txt"))])
