"""The line at the end of a command says what was moved, and what was not because it was there already."""

import json
import os
import re

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


def test_what_is_recorded_pushed_and_fetched_beside_what_files_have(shell: Shell) -> None:
    shell.git("data install")
    repo = project(shell)
    repo.git(f"config --global --add gitdata.trust {shell.cwd / 'bucket'}")
    large = os.urandom(3 << 20)
    repo.write("data/large.bin", large)
    repo.write("data/small", "small")
    tracked = repo.git("data track data")
    assert "recorded" not in tracked  # as many bytes as the files have
    repo.git("commit -qm one")
    said = repo.run("git push -q origin main").err
    assert re.fullmatch(r"git-data: pushed 1 version of data to 'origin' \(.*\): 3.0 MiB in 1 pack\n", said)

    repo.write("data/large.bin", large[: 1 << 20] + b"edited" + large[1 << 20 :])
    assert repo.run("git diff --stat").err == ""  # it looks: what it has stored for that is no recording
    repo.write("data/large.bin", large[: 1 << 20] + b"edited" + large[1 << 20 :] + b"again")
    said = repo.run("git commit -qam two").err
    assert re.fullmatch(r"git-data: recorded 1 file: \d.* KiB instead of 3.0 MiB\n", said)
    said = repo.run("git push -q origin main").err
    assert re.fullmatch(r"git-data: pushed 1 .*: \d.* KiB in 1 pack instead of 3.0 MiB\n", said)

    repo.write("data/again.bin", large)
    assert "recorded 1 file" in repo.git("data add data")
    repo.write("data/small", "other")
    assert "recorded" not in repo.git("data add data")
    repo.git("commit -qm three")

    said = shell.run("git clone -q hub.git clone").err
    assert re.fullmatch(r"git-data: data: 2 files written, 3\.\d MiB fetched\n", said)
    repo.git("push -q origin main")
    clone = shell.cd("clone")
    clone.git("fetch -q")
    assert re.fullmatch(r"fetched \d objects, \d.* KiB instead of 3.0 MiB\n", clone.git("data fetch origin/main"))
    assert clone.run("git merge -q origin/main").err == "git-data: data: 2 files written\n"
    assert clone.git("data fetch origin/main") == "everything is here already\n"
    clone.same(repo.copy("three", "data"), "data")

    again = shell.run("git clone -q --branch main hub.git again").err
    assert re.fullmatch(r"git-data: data: 3 files written, 3\.\d MiB fetched instead of 6.0 MiB\n", again)


def test_files_by_pattern(shell: Shell) -> None:
    shell.git("data install")
    repo = project(shell)
    repo.git(f"config --global --add gitdata.trust {shell.cwd / 'bucket'}")
    repo.git("data track '*.bin'")
    repo.write("zeros.bin", bytes(4 << 20))
    repo.write("large.bin", os.urandom(2 << 20))
    said = repo.run("git add .").err
    assert re.fullmatch(r"git-data: recorded 2 files: 2.0 MiB instead of 6.0 MiB\n", said)
    repo.git("commit -qm one")
    pushed = json.loads(repo.git("data push --json"))
    assert pushed["changed"] == 6 << 20 and pushed["sent"] < 3 << 20
    repo.git("push -q origin main")
    repo.write("zeros.bin", bytes(5 << 20))
    assert repo.run("git diff --stat").err == ""
    said = shell.run("git clone -q hub.git clone").err
    assert said == "git-data: fetched 2 objects, 2.0 MiB instead of 6.0 MiB\n"
