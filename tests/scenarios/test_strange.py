"""Whatever a file system can hold goes there and back."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell, project

DEEP = "/".join("d" * 1000)


def strange(data: Path) -> None:
    data.mkdir()
    (data / "empty").touch()
    (data / "one").write_bytes(b"\0")
    (data / "zeros").write_bytes(bytes(3_000_000))
    (data / "run.sh").write_bytes(b"#!/bin/sh\n")
    (data / "run.sh").chmod(0o755)
    (data / "twice").write_bytes(b"one inode, two names\n")
    os.link(data / "twice", data / "again")
    for number, target in enumerate(("twice", "nowhere", "../..", "/etc/passwd", "x" * 4000, "new\nline")):
        (data / f"link{number}").symlink_to(target)
    top = os.fsencode(data)
    names = (
        b"\xff\xfe",
        b"new\nline",
        b"tab\t",
        b'"quoted"',
        b" ",
        b"-rf",
        b"x" * 255,
        b"*",
        b"[a]",
        b"a\\b",
        b"\x1b[31m",
        "gr\u00fc\u00df".encode(),
    )
    for name in names:
        with open(os.path.join(top, name), "wb") as file:
            file.write(name)
    os.mkdir(os.path.join(top, b"empty-folder"))
    here = os.getcwd()
    os.chdir(data)
    try:
        for name in DEEP.split("/"):  # no call takes such a path as a whole on every system
            os.mkdir(name)
            os.chdir(name)
        Path("bottom").write_text("deep\n")
    finally:
        os.chdir(here)
    with open(data / "sparse", "wb") as file:
        file.write(b"start")
        file.truncate(64 << 20)
        file.seek(20 << 20)
        file.write(os.urandom(70_000))


@pytest.fixture
def room(shell: Shell) -> Iterator[Shell]:
    """What is so deep only programs remove that do not call themselves for each directory, as Python does."""
    yield shell
    subprocess.run(["rm", "-rf", str(shell.cwd)], check=True)


@pytest.mark.any_git
@pytest.mark.parametrize("form", ["listing", "tree"])
def test_the_round_trip_of_the_strange(room: Shell, form: str) -> None:
    shell = room
    repo = project(shell)
    if form == "tree":
        repo.git("config gitdata.listingLimit 1")
    strange(repo.cwd / "data")
    before = repo.copy("strange", "data")
    repo.git("data track data")
    repo.git("commit -qm strange")
    assert repo.clean
    repo.git("push -q -u origin main")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git(f"config gitdata.trust {shell.cwd / 'bucket'}")
    clone.git("data init")
    clone.same(before, "data")
    assert clone.clean and "clean" in clone.git("data status")
    assert (clone.cwd / "data/empty-folder").is_dir()
    assert (clone.cwd / "data" / DEEP / "bottom").read_text() == "deep\n"
    blocks = (clone.cwd / "data/sparse").stat().st_blocks * 512
    assert blocks < 2 << 20, "the holes are filled"
    # Two names of one inode are two files: an edit of one is no edit of the other.
    (clone.cwd / "data/again").write_text("edited\n")
    assert clone.read("data/twice") == b"one inode, two names\n"
    clone.git("commit -qam edited")
    clone.git("checkout -q HEAD~1")
    clone.same(before, "data")
    clone.git("rm -q --cached data.gitdata")
    clone.git("reset -q --hard")
    clone.same(before, "data")


@pytest.mark.any_git
def test_a_path_that_no_program_can_name_is_refused_before_anything_is_written(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    head, line = repo.read("data.gitdata").decode().splitlines()
    path = "/".join(["d" * 99] * 100)
    pointer = f"{head}\n{line}\n{line.removesuffix('a')}{path}\n"
    blob = repo.run("git hash-object -w --stdin --no-filters", stdin=pointer.encode()).out.strip()
    repo.git(f"update-index --cacheinfo 100644,{blob},data.gitdata")
    tree = repo.git("write-tree").strip()
    commit = repo.git(f"commit-tree -p HEAD -m long {tree}").strip()
    repo.git("reset -q")
    repo.git(f"checkout -q {commit}", code=None)
    done = repo.run("git data checkout", code=3)
    assert "and this system takes 4095" in done.err and len(done.err) < 500
    assert os.listdir(repo.cwd / "data") == ["a"]
    repo.git("checkout -q main")
    assert repo.clean and repo.read("data/a") == b"a\n"
