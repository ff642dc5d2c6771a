"""Scenarios that read like a shell session: real git, real files, the installed command."""

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ready import ready

_TIMEOUT_S = 120
_TOOK = re.compile(r", (\d+\.\d|\d+|\d+ min \d+) s$", re.MULTILINE)
"""What lines at the end of a command say of time, where it took a second: on a busy machine any of them may."""


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    command: str
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self.out + self.err


@dataclass
class Shell:
    """A directory to run commands in."""

    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, command: str, *, code: int | None = 0, stdin: bytes = b"", **environment: str) -> Result:
        """Run a line (words are split as a shell splits them); the exit code has to be `code` (None: any)."""
        words = shlex.split(command)
        done = subprocess.run(
            words,
            cwd=self.cwd,
            input=stdin,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={**os.environ, **self.environment, **environment},
            check=False,
        )
        out, err = (_TOOK.sub("", text.decode("utf-8", "surrogateescape")) for text in (done.stdout, done.stderr))
        assert "Traceback" not in err, err
        if code is not None:
            assert done.returncode == code, f"{command}: {done.returncode}\n{out}\n{err}"
        return Result(command, done.returncode, out, err)

    def git(self, command: str, *, code: int | None = 0, **environment: str) -> str:
        """`git COMMAND`; what it printed on standard output."""
        return self.run(f"git {command}", code=code, **environment).out

    def cd(self, path: str) -> "Shell":
        """A shell in another directory."""
        return Shell(self.cwd / path, self.environment)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file, making its directories."""
        file = self.cwd / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, path: str) -> bytes:
        return (self.cwd / path).read_bytes()

    def copy(self, name: str, *roots: str) -> Path:
        """Copy data aside with `cp -a`, to compare with later."""
        target = self.cwd.parent / f"copy-{name}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for root in roots:
            subprocess.run(["cp", "-a", str(self.cwd / root), str(target / root)], check=True)
        return target

    def same(self, copy: Path, *roots: str) -> None:
        """The data is what was copied: `diff -r` finds nothing, modes and link targets are equal."""
        for root in roots:
            done = subprocess.run(
                ["diff", "-r", "--no-dereference", str(copy / root), str(self.cwd / root)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert _modes(copy / root) == _modes(self.cwd / root)

    @property
    def clean(self) -> bool:
        """Whether `git status` has nothing to say."""
        return self.git("status --porcelain") == ""


def _modes(root: Path) -> set[bytes]:
    """The executable files of a directory, or whether a file is one."""
    found = (
        subprocess.run(
            ["find", ".", "-type", "f", "-perm", "-100", "-print0"], cwd=root, capture_output=True, check=True
        )
        if root.is_dir()
        else None
    )
    return set(found.stdout.split(b"\0")) if found else {b"%o" % (root.stat().st_mode & 0o100)}


def project(shell: Shell, remote: str | None = None, name: str = "project") -> Shell:
    """A repository with a bare upstream `hub.git` and a data remote (a directory unless given), nothing tracked yet."""
    repo = shell.cd(name)

    def hub() -> None:
        shell.git("init -q --bare hub.git")

    def begun() -> None:
        shell.git(f"init -q {name}")
        repo.git("remote add origin ../hub.git")
        repo.git("data init")

    if not (shell.cwd / "hub.git").exists():
        _begin(shell, shell.cwd / "hub.git", hub)
    _begin(shell, repo.cwd, begun)
    repo.git(f"data remote add origin {remote or shell.cwd / 'bucket'}")
    return repo


def _begin(shell: Shell, place: Path, make: Callable[[], object]) -> None:
    if type(shell) is Shell and not place.exists():
        ready(place, make, environment={**os.environ, **shell.environment})
    else:
        make()


def first_commit(repo: Shell, root: str = "data") -> None:
    """Track `root` and commit all; live status has looked, and nothing is too young to be trusted."""
    repo.git(f"data track {root}")
    repo.git("add -A")
    repo.git("commit -qm first")
    time.sleep(0.03)
    assert repo.clean
