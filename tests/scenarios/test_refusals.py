"""Everything that can be wrong: one line that says what and what to do, an exit code of its own, nothing lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers import Server
from shell import Result, Shell, project

pytestmark = pytest.mark.any_git


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    return repo


def one_line(result: Result, *words: str) -> None:
    """What went wrong is said on a single line of ours, with all of `words` in it."""
    ours = [line for line in result.err.splitlines() if line.startswith("git-data: ")]
    assert len(ours) == 1, result.err
    for word in words:
        assert word in ours[0], ours[0]


def test_not_a_repository(shell: Shell) -> None:
    one_line(shell.run("git data status", code=128), "not in a Git repository", "git init")


def test_a_bare_repository(shell: Shell) -> None:
    shell.git("init -q --bare b.git")
    one_line(shell.cd("b.git").run("git data status", code=128), "bare repository", "clone")


def test_a_repository_that_does_not_use_git_data(shell: Shell) -> None:
    shell.git("init -q r")
    one_line(shell.cd("r").run("git data status", code=10), "git data init")


def test_no_remote(shell: Shell) -> None:
    shell.git("init -q --bare hub.git")
    shell.git("init -q r")
    repo = shell.cd("r")
    repo.git("remote add origin ../hub.git")
    repo.git("data init")
    repo.write("data/a", "a")
    repo.git("data track data")
    repo.git("commit -qm one")
    one_line(repo.run("git data push", code=15), "no data remote", "git data remote add")
    one_line(repo.run("git push -q origin main", code=1), "no data remote")
    assert repo.git("ls-remote origin") == ""


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("gopher://x/y", "gopher"),
        ("s3://", "bucket"),
        ("s3://key:secret@bucket/x", "credentials"),
        ("file://host/x", "machine"),
    ],
)
def test_an_address_that_cannot_be_used(repo: Shell, url: str, word: str) -> None:
    before = repo.read(".gitdata.toml")
    refused = repo.run(f"git data remote add other {url}", code=16)
    one_line(refused, word)
    assert "secret" not in refused.said
    assert repo.read(".gitdata.toml") == before


def test_an_unknown_remote_name(repo: Shell) -> None:
    one_line(repo.run("git data push nowhere", code=15), "nowhere", "origin")


def test_missing_credentials_wrong_ones_and_no_bucket(
    repo: Shell, s3_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git(f"data remote set-url origin s3://no-such-bucket/x --endpoint {s3_server.endpoint}")
    one_line(repo.run("git data push", code=12), "no-such-bucket", "does not exist")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    one_line(repo.run("git data push", code=17), "credentials", "AWS_PROFILE")


def test_an_endpoint_that_does_not_answer(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    repo.git("data remote set-url origin s3://bucket/x --endpoint http://127.0.0.1:9")
    refused = repo.run("git data push", code=12)
    one_line(refused, "cannot reach", "127.0.0.1:9")
    assert "very-secret" not in refused.said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<<<<<<< ours\ngitdata pointer 1 listing\n=======\n>>>>>>> theirs\n", "conflict markers"),
        ("gitdata pointer 2 listing\n", "version"),
        ("something else\n", "not a pointer"),
        ("gitdata pointer 1 listing\nzz 1 file a\n", "line 2"),
        ("gitdata pointer 1 listing\r\n", "CRLF"),
    ],
)
def test_a_pointer_that_is_none(repo: Shell, text: str, word: str) -> None:
    repo.write("data.gitdata", text)
    result = repo.run("git data checkout", code=20)
    one_line(result, "data.gitdata", word)
    assert repo.read("data/a.txt") == b"one\n"


def test_a_damaged_pack(repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    for pack in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"):
        content = bytearray(pack.read_bytes())
        content[0] ^= 0xFF
        pack.chmod(0o644)
        pack.write_bytes(content)
    failed = repo.run("git checkout -q HEAD~1", code=None)
    assert "damaged" in failed.err
    assert repo.read("data/a.txt") == b"two\n"
    assert "damaged" in repo.run("git data fsck", code=14).out


def test_an_unreadable_file(repo: Shell) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything; FIFOs below are refused for everybody")
    repo.write("data/secret", "x")
    (repo.cwd / "data/secret").chmod(0)
    one_line(repo.run("git data add data", code=23), "data/secret", ".gitdataignore")


def test_a_fifo_is_refused_and_named(repo: Shell) -> None:
    os.mkfifo(repo.cwd / "data/pipe")
    repo.write("data/b.txt", "b")
    one_line(repo.run("git data add data", code=23), "data/pipe", "FIFO")
    refused = repo.run("git commit -qam x", code=1)
    assert "data/pipe" in refused.err


def test_a_name_with_escape_characters_is_shown_escaped(repo: Shell) -> None:
    os.mkfifo(os.path.join(os.fsencode(repo.cwd), b"data/\x1b]0;x\x07\npipe"))
    refused = repo.run("git data add data", code=23)
    one_line(refused, "\\x1b", "\\n")
    assert "\x1b" not in refused.said


def test_a_full_disk(repo: Shell) -> None:
    # A process may not write files beyond this size: the system answers EFBIG as it answers ENOSPC.
    repo.write("data/big.bin", os.urandom(3_000_000))
    code = (
        "import os, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000))\n"
        "os.execvp('git', ['git', 'data', 'add', 'data'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=repo.cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 27, done.stderr
    assert "cannot write" in done.stderr and "Traceback" not in done.stderr
    repo.git("data add data")
    assert "checked" in repo.git("data fsck")


def test_an_interrupt(repo: Shell) -> None:
    repo.write("data/big.bin", os.urandom(200_000_000))
    process = subprocess.Popen(
        ["git-data", "add", "data"],
        cwd=repo.cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell runs in the background ignores interrupts, and so does all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not list((repo.cwd / ".git/gitdata/tmp").glob("*/*.pack")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.startswith("git-data: interrupted") and "Traceback" not in err
    assert not list((repo.cwd / ".git/gitdata/tmp").glob("*/*.pack"))
    repo.git("data add data")
    repo.git("data fsck")


@pytest.mark.parametrize(
    ("make", "path", "words"),
    [
        ("", "missing", ("does not exist", "--create")),
        ("mkdir data/inner", "data/inner", ("tracked",)),
        ("ln -s data link", "link", ("symlink",)),
        ("git init -q module", "module", ("Git repository itself",)),
        ("", ".", ("whole work tree",)),
        ("", "..", ("outside",)),
        ("", "data", ("tracked already",)),
        ("", "data.gitdata", ("pointer itself",)),
    ],
)
def test_what_cannot_be_tracked(repo: Shell, make: str, path: str, words: tuple[str, ...]) -> None:
    if make:
        repo.run(make)
    before = repo.git("status --porcelain --ignored")
    refused = repo.run(f"git data track {path}", code=None)
    assert refused.code in (2, 25)
    one_line(refused, *words)
    assert repo.git("status --porcelain --ignored") == before


def test_files_that_git_tracks_are_moved_out_when_asked(repo: Shell) -> None:
    repo.write("models/m.bin", "m")
    repo.git("add models")
    repo.git("commit -qm model")
    one_line(repo.run("git data track models", code=25), "1 file", "--from-git")
    repo.git("data track --from-git models")
    repo.git("commit -qm moved")
    assert repo.git("ls-files models") == ""
    assert repo.read("models/m.bin") == b"m"
    assert repo.git("show HEAD~1:models/m.bin") == "m"


def test_a_missing_directory_can_be_made(repo: Shell) -> None:
    repo.git("data track --create more/raw")
    assert (repo.cwd / "more/raw").is_dir()
    assert repo.read("more/raw.gitdata") == b"gitdata pointer 1 listing\n"


def test_wrong_words(repo: Shell) -> None:
    one_line(repo.run("git data frobnicate", code=2), "frobnicate")
    one_line(repo.run("git data push --frobnicate", code=2), "--frobnicate")


def test_stale_data_is_never_recorded_over_a_pointer_that_moved(repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    # As a client without git-data would: the pointer moves, the data does not.
    old = repo.run("git show HEAD~1:data.gitdata").out
    repo.write("data.gitdata", old)
    repo.write("other.txt", "x")
    repo.git("add other.txt data.gitdata")
    repo.git("commit -qm moved")
    assert repo.git("show HEAD:data.gitdata") == old
    assert repo.read("data/a.txt") == b"one\n"


def test_lost_state_is_no_licence_to_record_stale_data(repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    for file in (repo.cwd / ".git/gitdata/base").iterdir():
        file.unlink()
    repo.write("data/a.txt", "three\n")
    repo.write("code.py", "1\n")
    repo.git("add code.py")
    refused = repo.run("git commit -qm code", code=1)
    assert "git data add data" in refused.err and "git data checkout data" in refused.err
    repo.git("data add data")
    repo.git("commit -qm three")
    assert repo.clean


def test_a_commit_is_refused_while_a_materialise_is_unfinished(shell: Shell, repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    repo.git("push -q origin main")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.run("git data init", code=18)
    clone.git("data trust")
    clone.git("data pull")
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    # As after a crash half-way: the pointer has moved, the marker is there, the data is not.
    clone.run("git checkout -q HEAD~1", code=None)
    (clone.cwd / ".git/gitdata/pending").write_bytes(b"data.gitdata\0")
    clone.write("code.py", "1\n")
    clone.git("add code.py")
    refused = clone.run("git commit -qm code", code=1)
    assert "half in place" in refused.err and "git data checkout" in refused.err
    (shell.cwd / "away").rename(shell.cwd / "bucket")
    clone.git("commit -qm code")
    assert clone.read("data/a.txt") == b"one\n"
    assert not (clone.cwd / ".git/gitdata/pending").exists()


def test_a_staged_pointer_whose_data_was_never_stored_is_refused(repo: Shell) -> None:
    digest = "0" * 64
    repo.write("data.gitdata", f"gitdata pointer 1 listing\n{digest} 4 file a.txt\n")
    repo.git("-c filter.gitdata.process= add data.gitdata")
    repo.git("-c filter.gitdata.process= checkout -q HEAD -- .gitignore")
    repo.run("git show HEAD:data.gitdata")
    restored = repo.git("show HEAD:data.gitdata")
    repo.write("data.gitdata", restored)
    refused = repo.run("git commit -qm never", code=1)
    assert "never stored" in refused.err and "git data add data" in refused.err


def test_data_in_a_submodule_is_tracked_from_inside_it(shell: Shell, repo: Shell) -> None:
    shell.git("init -q inner")
    inner = shell.cd("inner")
    inner.write("x", "x")
    inner.git("add x")
    inner.git("commit -qm x")
    repo.git("submodule --quiet add ../inner module")
    (repo.cwd / "module/data").mkdir()
    one_line(repo.run("git data track module/data", code=25), "submodule module", "inside")


def test_a_hostile_pointer_writes_nothing_outside(shell: Shell, repo: Shell) -> None:
    digest = "7ac0bf9acd7b4c9ddbe5523d5e2241c68d13318f09f2082f1e989dd341898f04"
    for name in ("../escape", ".git/hooks/post-checkout", "a/../../b", "x/.GIT/config", ".git\u200c/config"):
        repo.write("data.gitdata", f"gitdata pointer 1 listing\n{digest} 4 file {name}\n")
        refused = repo.run("git data checkout", code=20)
        one_line(refused, "unsafe name")
    assert not (repo.cwd / "escape").exists()


def test_a_symlink_in_the_way_redirects_nothing(shell: Shell, repo: Shell) -> None:
    repo.write("data/sub/b.txt", "b\n")
    repo.git("commit -qam sub")
    repo.git("checkout -q HEAD~1")
    outside = shell.cwd / "outside"
    outside.mkdir()
    (repo.cwd / "data/sub").symlink_to(outside)
    repo.run("git data checkout", code=None)
    repo.run("git checkout -q main", code=None)
    assert list(outside.iterdir()) == []


def test_no_code_of_the_work_tree_is_run(shell: Shell, repo: Shell, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for module in ("boto3", "blake3", "gitdata", "sqlite3", "json", "sitecustomize"):
        repo.write(f"{module}.py", f"open({str(marker)!r}, 'w').write('ran')\n")
    repo.write("git", f"#!/bin/sh\ntouch {marker}\n")
    (repo.cwd / "git").chmod(0o755)
    repo.write("data/a.txt", "edited\n")
    repo.git("add .")
    repo.git("commit -qm hostile")
    repo.git("push -q origin main")
    repo.git("checkout -q HEAD~1")
    repo.git("data status")
    assert not marker.exists()


def test_names_that_are_never_recorded_are_named_with_their_path(repo: Shell) -> None:
    repo.git("init -q data/clone")
    repo.write("data/b.txt", "b\n")
    one_line(
        repo.run("git data add data", code=22), " data/clone/.git is a repository of its own", "line `.git` in .git"
    )
    repo.write(".gitdataignore", ".git\n")
    repo.git("data add data")
    assert "data/b.txt" in repo.git("data ls")
    (repo.cwd / "data/GIT~1").write_text("x")
    one_line(repo.run("git data add data", code=22), " data/GIT~1 is a name", "rename or remove it", "`GIT~1`")


def test_data_on_another_disk_is_mounted_in_its_place_not_linked(shell: Shell, repo: Shell) -> None:
    """As the message says, where mounts can be made: another version, no version, and back."""
    repo.git("mv data.gitdata disk.gitdata")
    assert repo.clean is False
    (repo.cwd / "disk").rename(shell.cwd / "disk")
    (repo.cwd / "disk").symlink_to(shell.cwd / "disk")
    one_line(
        repo.run("git data add disk", code=23), "disk: it is a symlink", "sudo mount --bind DIRECTORY disk", "README"
    )
    (repo.cwd / "disk").unlink()
    (repo.cwd / "disk").mkdir()
    mount = "mount -t tmpfs none ../disk && echo one >../disk/a.txt && mount --bind ../disk disk"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], cwd=repo.cwd, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    day = """git commit -qam mounted && echo two >disk/b.txt && git commit -qam two &&
        git checkout -q HEAD~1 && test ! -e disk/b.txt && git checkout -q HEAD~1 && test ! -e disk/a.txt &&
        cat data/a.txt && git checkout -q main && cat disk/a.txt disk/b.txt && git status -s"""
    assert repo.run(f"unshare -m sh -c '{mount} && {day}'").out == "one\none\ntwo\n"
