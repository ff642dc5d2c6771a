"""Live status beside many files, which have a pointer in tree form: only what was touched is looked at."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from shell import Shell, first_commit, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.git("config gitdata.listingLimit 20")
    for folder in range(6):
        for number in range(10):
            repo.write(f"data/d{folder}/f{number}", f"{folder} {number}\n")
    repo.write("code.txt", "1\n")
    first_commit(repo)
    return repo


@pytest.mark.parametrize(
    "edit",
    [
        "echo more >>data/d3/f5",
        "echo new >data/d3/new",
        "rm data/d3/f5",
        "mkdir -p data/d3/sub/folder && echo new >data/d3/sub/folder/new",
        "mv data/d3 data/d9",
        "mv data/d3/f5 data/d4/f5",
        "chmod +x data/d3/f5",
        "rm -r data/d3",
        "ln -sf f6 data/d3/f5",
        "mkdir data/d3/empty",
        "rm -r data/d3 && echo file >data/d3",
        "head -c 3000000 /dev/urandom >data/d3/large",
        'echo new >"data/d3/two\nlines"',
        'mkdir -p "data/d3/.\n.//./data/d3" && echo new >"data/d3/.\n.//./data/d3/f5"',
        'echo new >"data/d3/f5\n"',
        "seq 6000 | split -a 4 -l 1 - data/d3/many",
    ],
    ids=lambda edit: edit.replace("/", ".").replace("\n", " "),
)
def test_an_edit_shows_is_committed_and_comes_back(repo: Shell, edit: str) -> None:
    first = repo.copy("first", "data")
    repo.run(f"sh -c '{edit}'")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam second")
    assert repo.clean
    second = repo.copy("second", "data")
    # A look at everything comes to the same.
    repo.git("data add data")
    assert repo.clean
    repo.git("checkout -q HEAD~1")
    repo.run(f"diff -r --no-dereference {first}/data data")
    repo.git("checkout -q -")
    repo.run(f"diff -r --no-dereference {second}/data data")
    repo.git("data fsck")


def test_find_is_asked_once(repo: Shell, tmp_path: Path) -> None:
    calls, found = tmp_path / "calls", shutil.which("find")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/find").write_text(f'#!/bin/sh\necho "$*" >>{calls}\nexec {found} "$@"\n')
    (tmp_path / "bin/find").chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    for edit in ("data/d3/f5", "data/d3/new"):
        repo.write(edit, "edit\n")
        assert repo.git("status --porcelain", PATH=path) == " M data.gitdata\n"
        assert len(calls.read_text().splitlines()) == 1
        calls.unlink()
    # A commit looks before and after what it did before.
    repo.git("commit -qam second", PATH=path)
    assert len(calls.read_text().splitlines()) == 1
    assert repo.clean


def test_what_was_edited_while_others_look_is_seen(repo: Shell, tmp_path: Path) -> None:
    """Two scripts at once: the one that began first must not take the time of the other for its own."""
    state, script = repo.cwd / ".git/gitdata", repo.cwd / ".git/gitdata/hooks/fsmonitor"
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin/find"
    slow.write_text(f'#!/bin/sh\n{shutil.which("find")} "$@"\ntouch {tmp_path}/looked\nsleep 1\n')
    slow.chmod(0o755)
    repo.write("data/d1/f1", "first\n")
    first = subprocess.Popen(
        [script, "2", "token"],
        cwd=repo.cwd,
        env={**os.environ, **repo.environment, "PATH": f"{slow.parent}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
    )
    while not (tmp_path / "looked").exists():
        time.sleep(0.01)
    repo.write("data/d2/f2", "not seen by the first\n")
    time.sleep(0.1)
    (state / "command").write_text("another looking\n")
    first.wait()
    repo.git("commit -qam both")
    assert repo.clean
    repo.git("checkout -q HEAD~1")
    assert repo.read("data/d2/f2") == b"2 2\n"
    repo.git("checkout -q -")
    assert repo.read("data/d2/f2") == b"not seen by the first\n"


def test_edits_one_after_the_other(repo: Shell) -> None:
    for number in range(4):
        repo.write(f"data/d{number}/f1", f"edit {number}\n")
        assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam second")
    repo.write("data/d5/f1", "edit\n")
    repo.git("status")
    repo.write("data/d5/f1", "5 1\n")  # and back
    assert repo.clean
    repo.git("checkout -q HEAD~1")
    assert repo.read("data/d3/f1") == b"3 1\n"


def test_a_clock_that_was_set_back_hides_no_edit(repo: Shell) -> None:
    stamp = repo.cwd / ".git/gitdata/looked"
    ahead = time.time_ns() + 3600 * 10**9
    os.utime(stamp, ns=(ahead, ahead))
    repo.write("data/d3/f5", "edit\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    assert stamp.stat().st_mtime_ns < ahead


@pytest.mark.parametrize("left", [b"", b"\n", bytes(7), b"\n/"])
def test_what_a_power_cut_leaves_of_the_last_look_hides_no_edit(repo: Shell, left: bytes) -> None:
    stamp = repo.cwd / ".git/gitdata/looked"
    seen = stamp.stat()
    assert stamp.read_bytes() == b"\ndata\n/\n"
    stamp.write_bytes(left)
    os.utime(stamp, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    repo.write("data/d3/f5", "edit\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    assert stamp.read_bytes() == b"\ndata\n/\n"


def test_a_command_that_has_ended_leaves_no_note_for_which_the_next_look_would_start(repo: Shell) -> None:
    for command in ("commit -qam edit", "stash -q", "stash pop -q", "checkout -q HEAD~1"):
        repo.write("data/d3/f5", f"{command}\n")
        if command.startswith("checkout"):
            repo.git("reset -q --hard")
        repo.git(command, code=None)
        assert list((repo.cwd / ".git/gitdata").glob("half-written/*")) == [], command


@pytest.mark.parametrize("place", [".", "data"])
def test_rules_that_come_change_and_go(repo: Shell, place: str) -> None:
    repo.write(f"{place}/.gitdataignore", "f1\nf2\n")
    assert repo.git("status --porcelain -uno") == " M data.gitdata\n"
    repo.git("commit -qam rules")
    assert "/f1\n" not in repo.git("data ls data")
    repo.write(f"{place}/.gitdataignore", "f2\n")
    assert repo.git("status --porcelain -uno") == " M data.gitdata\n"
    repo.git("commit -qam fewer")
    assert "/f1\n" in repo.git("data ls data") and "/f2\n" not in repo.git("data ls data")
    repo.run(f"mv {place}/.gitdataignore ../rules")
    assert " M data.gitdata\n" in repo.git("status --porcelain -uno")
    repo.run(f"mv ../rules {place}/.gitdataignore")  # as old as it was
    assert repo.git("status --porcelain -uno") == ""
    (repo.cwd / place / ".gitdataignore").unlink()
    repo.write("data/d3/f5", "edit\n")
    repo.git("commit -qam none")
    assert repo.git("data ls data").count("/f2\n") == 6
    repo.git("data add data")
    assert repo.clean


def test_a_pointer_that_goes_back_to_a_listing(repo: Shell) -> None:
    repo.run("rm -r data/d0/f0 data/d1 data/d2 data/d3 data/d4 data/d5")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam few")
    assert repo.git("show HEAD:data.gitdata").startswith("gitdata pointer 1 listing\n")
    assert repo.clean
