"""Git's door: what it loads, how it speaks, that it never fails a Git command."""

import contextlib
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell, project

HEAVY = ("typer", "click", "rich", "boto3", "botocore", "dulwich", "pydantic", "tomlkit", "asyncio")


def loaded(shell: Shell, words: list[str], stdin: bytes = b"") -> set[str]:
    """The packages that are loaded when the door has done its work."""
    return {name.split(".")[0] for name in modules(shell, words, stdin)}


def modules(shell: Shell, words: list[str], stdin: bytes = b"") -> set[str]:
    """The modules that are loaded when the door has done its work."""
    code = (
        "import sys\nfrom gitdata.__main__ import main\ncode = main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=shell.cwd, input=stdin, capture_output=True, check=True
    )
    return set(done.stderr.decode().splitlines())


def packet(text: bytes) -> bytes:
    return b"%04x%s" % (len(text) + 4, text)


HELLO = packet(b"git-filter-client\n") + packet(b"version=2\n") + b"0000" + packet(b"capability=clean\n") + b"0000"


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["filter-process"], HELLO),
        (["fsmonitor"], b""),
        (["hook", "pre-commit"], b""),
        (["hook", "post-checkout", "0" * 40, "0" * 40, "1"], b""),
        (["hook", "post-commit"], b""),
        (["hook", "pre-push", "origin", "x"], b""),
    ],
)
def test_with_nothing_to_do_little_is_loaded(shell: Shell, words: list[str], stdin: bytes) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm one")
    assert loaded(repo, words, stdin) & set(HEAVY) == set()


def test_of_the_commands_for_people_one_is_loaded(shell: Shell) -> None:
    found = modules(shell, ["version"])
    assert "gitdata.cli.version" in found and not found & {"gitdata.cli.status", "gitdata.cli.remote", "boto3"}


def test_a_look_loads_no_store(shell: Shell) -> None:
    """Neither to find edits nor to tell of them."""
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm one")
    for content in ("a", "edited"):
        repo.write("data/a", content)
        found = modules(repo, ["fsmonitor"], b"")
        assert "gitdata.ops.looking.look" in found
        assert not {"gitdata.store.store", "gitdata.store.ingest", "sqlite3"} & found
    assert repo.read("data.gitdata").startswith(b"gitdata pointer 1 unrecorded\n")


def test_the_filter_loads_what_pattern_files_need_for_them_only(shell: Shell) -> None:
    repo = project(shell)
    for path, needed in ((b"data.gitdata", False), (b"a.bin", True)):
        request = packet(b"command=clean\n") + packet(b"pathname=" + path + b"\n") + b"0000" + packet(b"x") + b"0000"
        found = modules(repo, ["filter-process"], HELLO + request)
        assert ("gitdata.ops.patterns.clean" in found) is needed
        assert "gitdata.remote.download" not in found
        assert {name.split(".")[0] for name in found} & set(HEAVY) == set()


def test_the_filter_delays_only_when_git_offers_it(shell: Shell) -> None:
    repo = project(shell)
    offered = HELLO[:-4] + packet(b"capability=smudge\n") + packet(b"capability=delay\n") + b"0000"
    for hello, answer in ((HELLO, False), (offered, True)):
        done = subprocess.run(
            ["git-data", "filter-process"], cwd=repo.cwd, input=hello, capture_output=True, check=True
        )
        assert (packet(b"capability=delay\n") in done.stdout) is answer


def test_the_filter_passes_everything_through(shell: Shell) -> None:
    repo = project(shell)
    for content in (b"", b"gitdata pointer 1 listing\n", b"junk\r\n", bytes(200_000), bytes(range(256)) * 1000):
        body = b"".join(packet(content[start : start + 65516]) for start in range(0, len(content), 65516))
        for command in (b"clean", b"smudge"):
            request = (
                packet(b"command=" + command + b"\n") + packet(b"pathname=x\ny.gitdata\n") + b"0000" + body + b"0000"
            )
            done = subprocess.run(
                ["git-data", "filter-process"], cwd=repo.cwd, input=HELLO + request, capture_output=True, check=True
            )
            start = packet(b"git-filter-server\n") + packet(b"version=2\n") + b"0000"
            start += packet(b"capability=clean\n") + packet(b"capability=smudge\n") + b"0000"
            assert done.stdout == start + packet(b"status=success\n") + b"0000" + body + b"0000" + b"0000"


@given(st.binary(max_size=100))
def test_packets_end_or_are_refused(data: bytes) -> None:
    import io

    from gitdata.plumbing import packets

    with contextlib.suppress(ValueError):
        packets.read_list(io.BytesIO(data))


def test_a_filter_that_is_fed_nonsense_ends_quietly(shell: Shell) -> None:
    shell.git("init -q r")
    for junk in (b"", b"zzzz", b"0004", HELLO[:20], HELLO + b"junk"):
        done = subprocess.run(
            ["git-data", "filter-process"], cwd=shell.cwd / "r", input=junk, capture_output=True, check=False
        )
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr


def test_what_was_said_arrives_or_its_loss_is_told(shell: Shell) -> None:
    full = subprocess.run(["sh", "-c", "git-data version >/dev/full"], capture_output=True, text=True, check=False)
    assert full.returncode == 27 and full.stderr.count("\n") == 1 and "no space left" in full.stderr
    closed = subprocess.run(["sh", "-c", "git-data version >&- 2>&-"], capture_output=True, check=False)
    assert closed.returncode == 0
    gone = subprocess.run(
        ["sh", "-c", "{ git-data version; echo $? >code; } | true"], cwd=shell.cwd, capture_output=True, check=False
    )
    assert gone.stderr == b""
    assert (shell.cwd / "code").read_text().strip() in ("0", "141")


def test_fsmonitor_answers_whatever_happens(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    script = repo.cwd / ".git/gitdata/hooks/fsmonitor"
    for environment in ({}, {"PATH": "/usr/bin:/bin"}, {"GIT_DATA_SKIP": "1"}):
        done = repo.run(f"{script} 2 token", **environment)
        assert done.out == "gitdata\0/\0"
    assert repo.run(f"{script} 1 0").out == "/\0"
    for words in ("", "1.2", "1.2 last", "1.2 last first", "a b c d"):
        assert repo.run(f"git-data fsmonitor {words}").said == ""
    (repo.cwd / "data.gitdata").write_bytes(b"junk")
    assert repo.run(f"{script} 2 token").out == "gitdata\0/\0"


def test_an_archive_of_a_bare_repository_and_of_a_clone(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    shell.run("git data install")
    shell.cd("hub.git").git("archive -o ../a.tar main")
    assert b"gitdata pointer 1 listing" in shell.read("a.tar")
    repo.git("archive -o ../b.tar HEAD")
    assert repo.clean


def test_git_asks_once_and_waits_for_no_python_and_no_other_git_when_nothing_changed(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    time.sleep(1.1)  # into a pointer of the same second as its index Git looks every time
    repo.write("code", "1\n")
    repo.git("add code")
    repo.git("commit -qm two")
    repo.git("branch other")
    repo.git("status")
    trace = shell.cwd / "trace"
    for command in ("checkout -q other", "status"):
        repo.run(f"env GIT_TRACE={trace} git {command}")
        lines = trace.read_text().splitlines()
        trace.unlink()
        assert sum("built-in: git" in line for line in lines) == 1, lines
        lines = [line for line in lines if "run_command" in line]
        assert sum("fsmonitor" in line for line in lines) == 1, lines
        assert sum("post-checkout" in line for line in lines) == (command != "status"), lines
        assert not any("filter-process" in line for line in lines), lines
