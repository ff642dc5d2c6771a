"""As a graphical client runs Git: a bare environment, no terminal, no network, no credentials."""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import Server
from shell import Result, Shell, project


def client(repo: Shell, command: str, *, code: int | None = 0, **environment: str) -> Result:
    """`git COMMAND` as a client runs it: `env -i PATH=/usr/bin:/bin HOME=...`, in a session without a terminal."""
    words = ["env", "-i", "PATH=/usr/bin:/bin", f"HOME={os.environ['HOME']}"]
    done = subprocess.run(
        [*words, *(f"{name}={value}" for name, value in environment.items()), "git", *shlex.split(command)],
        cwd=repo.cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        timeout=120,
        check=False,
    )
    out, err = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")
    assert "Traceback" not in err, err
    if code is not None:
        assert done.returncode == code, f"{command}: {done.returncode}\n{out}\n{err}"
    return Result(command, done.returncode, out, err)


def said(result: Result, *words: str) -> None:
    """What went wrong is one line of ours, with all of `words` in it."""
    ours = [line for line in result.err.splitlines() if line.startswith("git-data: ")]
    assert len(ours) == 1, result.err
    for word in words:
        assert word in ours[0], ours[0]


@pytest.fixture
def repo(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project with one version, whose owner's settings are where Git looks for them by itself."""
    home = Path(os.environ["HOME"])
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    settings = (home / "gitconfig").read_text()
    (home / ".gitconfig").write_text(f"{settings}[user]\n\tname = Ada\n\temail = ada@example.com\n")
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.write("data/größe 1.txt", "umlaut\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    repo.git("tag v1")
    return repo


def edit(repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.write("data/größe 2.txt", "two\n")


def test_commit_and_checkout_work_with_nothing_around(repo: Shell) -> None:
    repo.git("data remote set-url origin s3://bucket/x --endpoint http://127.0.0.1:9")
    edit(repo)
    assert " M data.gitdata\n" in client(repo, "status --porcelain").out
    done = client(repo, "commit -am two")
    assert "git-data" not in done.err
    assert "größe 2.txt" in repo.git("data ls").replace('"', "")
    client(repo, "checkout -q v1")
    assert repo.read("data/a.txt") == b"one\n"
    client(repo, "checkout -q main")
    assert repo.read("data/größe 2.txt") == b"two\n"
    client(repo, "stash list")
    assert repo.clean


def test_push_without_credentials_fails_with_one_line(repo: Shell, moto_server: Server) -> None:
    repo.git(f"data remote set-url origin s3://{moto_server.make_bucket()}/x --endpoint {moto_server.endpoint}")
    repo.git("commit -qam remote")
    refused = client(repo, "push origin main", code=1, AWS_EC2_METADATA_DISABLED="true")
    said(refused, "credentials", "AWS_PROFILE")
    assert repo.git("ls-remote origin") == ""


def test_push_without_network_fails_with_one_line(repo: Shell) -> None:
    repo.git("data remote set-url origin s3://bucket/x --endpoint http://127.0.0.1:9")
    repo.git("commit -qam remote")
    keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret"}
    refused = client(repo, "push origin main", code=1, **keys)
    said(refused, "127.0.0.1:9", "network")
    assert "very-secret" not in refused.err
    assert repo.git("ls-remote origin") == ""


@dataclass(frozen=True)
class Trouble:
    """A clone of two versions that holds the data of the second, and what a client meets in it."""

    clone: Shell
    bad: Mapping[str, str]
    good: Mapping[str, str]
    mend: Callable[[], object]


def trouble(shell: Shell, repo: Shell, server: Server, kind: str) -> Trouble:
    keys = {"AWS_ACCESS_KEY_ID": server.key, "AWS_SECRET_ACCESS_KEY": server.secret}
    nothing = {"AWS_EC2_METADATA_DISABLED": "true"}
    bucket = shell.cwd / "bucket"
    if kind != "bucket gone":
        repo.git(f"data remote set-url origin s3://{server.make_bucket()}/x --endpoint {server.endpoint}")
    edit(repo)
    repo.git("commit -qam two")
    repo.git("push -q origin main v1", **keys)
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git("data init", code=18)
    clone.git("data trust")
    clone.git("data pull", **keys)
    if kind == "no credentials":
        return Trouble(clone, nothing, keys, lambda: None)
    if kind == "no network":
        before = (clone.cwd / ".git/config").read_bytes()
        clone.git("config gitdata-remote.origin.url s3://bucket/x")
        clone.git("config gitdata-remote.origin.endpoint http://127.0.0.1:9")
        return Trouble(clone, keys, keys, lambda: (clone.cwd / ".git/config").write_bytes(before))
    bucket.rename(shell.cwd / "away")
    return Trouble(clone, nothing, nothing, lambda: (shell.cwd / "away").rename(bucket))


@pytest.mark.parametrize(
    ("kind", "heal"),
    [
        ("no credentials", "checkout -q -b other"),
        ("no credentials", "data pull"),
        ("no network", "checkout -q main"),
        ("no network", "data checkout"),
        ("bucket gone", "pull -q --no-rebase origin main"),
        ("bucket gone", "commit -q --allow-empty -m x"),
    ],
)
def test_a_version_that_is_not_here(shell: Shell, repo: Shell, moto_server: Server, kind: str, heal: str) -> None:
    case = trouble(shell, repo, moto_server, kind)
    clone, copy = case.clone, case.clone.copy("before", "data")
    failed = client(clone, "checkout -q v1", code=1, **case.bad)
    said(failed, "data", "git data pull")
    clone.same(copy, "data")
    assert clone.git("rev-parse HEAD") == clone.git("rev-parse v1^{commit}")
    # A commit here does not record the data of the other version over the pointer.
    clone.write("code.py", "1\n")
    clone.git("add code.py")
    client(clone, "commit -qm code", **case.bad)
    assert clone.git("show HEAD:data.gitdata") == clone.git("show v1:data.gitdata")
    case.mend()
    if heal.startswith("data"):
        clone.git(heal, **case.good)
    else:
        client(clone, heal, **case.good)
    second = heal in ("checkout -q main", "pull -q --no-rebase origin main")
    assert clone.read("data/a.txt") == (b"two\n" if second else b"one\n")
    assert (clone.cwd / "data/größe 2.txt").exists() == second
    assert clone.clean
