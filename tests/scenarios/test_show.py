"""`git data show`: bytes of any version, from anywhere, whole or in part."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from screen import in_terminal
from shell import Shell, project

pytestmark = pytest.mark.any_git


def bytes_of(shell: Shell, command: str, code: int = 0) -> bytes:
    done = subprocess.run(command.split(), cwd=shell.cwd, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def made(shell: Shell) -> tuple[Shell, bytes]:
    repo = project(shell)
    large = random.Random(1).randbytes(3_000_000)
    repo.write("data/large.bin", large)
    repo.write("data/sub/a\x01b.txt", "one\n")
    (repo.cwd / "data/link").symlink_to("sub/a\x01b.txt")
    repo.write("net.onnx", b"\0net one")
    repo.git("data track data '*.onnx'")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.write("data/sub/a\x01b.txt", "two\n")
    repo.write("net.onnx", b"\0net two")
    repo.git("add -A")
    repo.git("commit -qm two")
    repo.git("push -q origin HEAD")
    return repo, large


def test_bytes_of_any_version_from_anywhere(shell: Shell) -> None:
    repo, large = made(shell)
    repo.git("worktree add -q ../linked HEAD~1")
    inside = repo.cd("data/sub")
    assert bytes_of(inside, "git data show HEAD~1:./a\x01b.txt :data/sub/a\x01b.txt") == b"one\ntwo\n"
    assert bytes_of(inside, "git data cat HEAD:data/large.bin") == large
    assert bytes_of(shell.cd("linked"), "git data cat HEAD:net.onnx HEAD:data/link") == b"\0net onesub/a\x01b.txt"
    for words, start, stop in (("0-9", 0, 10), ("70000-1500000", 70_000, 1_500_001), ("2999999-", 2_999_999, None)):
        assert bytes_of(repo, f"git data show --bytes {words} HEAD:data/large.bin") == large[start:stop]
    assert bytes_of(repo, "git data show --bytes -5 HEAD:data/large.bin") == large[-5:]
    assert bytes_of(repo, "git data show --bytes 5000000- HEAD:data/large.bin") == b""

    repo.run("git data show -o ../copy HEAD:data/large.bin")
    assert (shell.cwd / "copy").read_bytes() == large
    repo.run("git data show -o /dev/null HEAD:data/large.bin")
    assert not Path("/dev/null").is_file()

    # Whoever has read enough may go.
    reader = subprocess.run(
        ["sh", "-c", "git-data show HEAD:data/large.bin; echo $? >&2"],
        cwd=repo.cwd, stdout=_closed_pipe(), stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    assert reader.stderr == b"141\n"


def _closed_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_what_cannot_be_shown_is_one_line(shell: Shell) -> None:
    repo, _large = made(shell)
    for words, code, said in (
        ("HEAD~9:data/a", 129, "there is no revision 'HEAD~9'"),
        ("HEAD:no", 26, "no is not tracked data, and never was"),
        ("HEAD:data/no", 26, "data/no is not in HEAD"),
        ("HEAD:.gitattributes", 26, "Git itself has it"),
        ("HEAD:data/sub", 2, "data/sub is a directory in HEAD"),
        ("HEAD", 2, "'HEAD' names no revision"),
        ("HEAD:../x", 2, "outside the repository"),
        ("--bytes 9-1 HEAD:data/large.bin", 2, "ends before it begins"),
        ("-o x HEAD:data/link HEAD:data/link", 2, "several files do not go into one"),
    ):
        done = repo.run(f"git-data show {words}", code=code)
        assert said in done.err and done.err.count("\n") == 1 and done.out == "", done


def test_a_bare_repository_and_a_part_from_the_remote(shell: Shell) -> None:
    _repo, large = made(shell)
    hub = shell.cd("hub.git")
    before = sorted(os.listdir(hub.cwd))
    hub.git(f"config gitdata-remote.origin.url {shell.cwd / 'bucket'}")
    assert bytes_of(hub, "git-data show main~1:data/sub/a\x01b.txt") == b"one\n"
    done = hub.run("git-data show --bytes 1000000-1000009 main:data/large.bin -o ../part")
    assert (shell.cwd / "part").read_bytes() == large[1_000_000:1_000_010]
    assert "of data/large.bin from origin" in done.err and "KiB" in done.err  # a chunk or two, not 3 MB
    assert "are not in this clone" not in done.err
    offline = hub.run("git-data show --offline main:data/large.bin", code=30)
    assert "not in this clone" in offline.err and offline.err.count("\n") == 1
    assert sorted(os.listdir(hub.cwd)) == before


def test_a_person_reads_it_in_the_pager(shell: Shell) -> None:
    repo, _large = made(shell)
    repo.git("config core.pager 'sed s/^/paged:/'")
    assert in_terminal(repo, "git-data", "show", "HEAD:data/sub/a\x01b.txt").lines == ["paged:two"]
    repo.git("config core.pager cat")
    assert in_terminal(repo, "git-data", "show", "HEAD:data/sub/a\x01b.txt").lines == ["two"]
