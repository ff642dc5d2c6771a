"""Real users of this machine, made for a test and removed after it: only root can."""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from shell import Result, Shell

import gitdata

TOOLS = ("useradd", "userdel", "groupadd", "groupdel")
possible = os.geteuid() == 0 and all(shutil.which(tool) for tool in TOOLS)


@dataclass
class Person(Shell):
    """A shell of another user, with an umask."""

    name: str = ""
    umask: int = 0o022
    groups: tuple[str, ...] = field(default=())

    def run(self, command: str, *, code: int | None = 0, stdin: bytes = b"", **environment: str) -> Result:
        done = subprocess.run(
            shlex.split(command),
            cwd=self.cwd,
            input=stdin,
            capture_output=True,
            timeout=120,
            env={**os.environ, **self.environment, **environment},
            check=False,
            user=self.name,
            group=self.name,
            extra_groups=list(self.groups),
            umask=self.umask,
        )
        out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
        assert "Traceback" not in err, err
        if code is not None:
            assert done.returncode == code, f"{self.name}: {command}: {done.returncode}\n{out}\n{err}"
        return Result(command, done.returncode, out, err)

    def cd(self, path: str) -> "Person":
        return Person(self.cwd / path, self.environment, self.name, self.umask, self.groups)

    def write(self, path: str, content: str | bytes) -> None:
        text = content if isinstance(content, bytes) else content.encode()
        self.run(f"mkdir -p {Path(path).parent}")
        self.run(f"rm -f {path}")
        self.run(f"tee {path}", stdin=text)


@dataclass(frozen=True)
class Laboratory:
    """Two users of one group, one who is in no group of theirs, and a place where all of them may be."""

    place: Path
    group: str
    ada: Person
    bob: Person
    eve: Person


def _launcher(place: Path) -> None:
    """`git-data` for those who may not enter the home of whoever runs the tests, where Python may be."""
    folder = place / "bin"
    folder.mkdir()
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin") or sys.executable
    here = [
        str(Path(gitdata.__file__).parent.parent),
        *(entry for entry in sys.path if entry.endswith("site-packages")),
    ]
    script = folder / "git-data"
    script.write_text(
        f"#!{system}\nimport sys\nsys.path[:0] = {here!r}\nfrom gitdata.__main__ import program\nprogram()\n"
    )
    script.chmod(0o755)


@contextlib.contextmanager
def laboratory() -> Iterator[Laboratory]:
    """Make the users; skipped where they cannot run this very installation."""
    tag = f"gd{os.getpid()}"
    group = f"{tag}lab"
    names = [f"{tag}{who}" for who in ("ada", "bob", "eve")]
    place = Path(tempfile.mkdtemp(prefix="gitdata-lab-"))
    place.chmod(0o755)
    made: list[list[str]] = []
    try:
        subprocess.run(["groupadd", group], check=True)
        made.append(["groupdel", group])
        for name in names:
            subprocess.run(
                ["useradd", "-M", "-U", "-d", str(place / name), name], check=True, stderr=subprocess.DEVNULL
            )
            made.append(["userdel", name])
        people = []
        _launcher(place)
        other = os.environ.get("GITDATA_TEST_GIT", "")
        path = f"{place}/bin:{other}:/usr/local/bin:/usr/bin:/bin".replace("::", ":")
        for name in names:
            home = place / name
            home.mkdir()
            (home / "gitconfig").write_text(
                "[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n"
                f"[user]\n\tname = {name}\n\temail = {name}@example.com\n"
            )
            shutil.chown(home, name, name)
            own = {
                "HOME": str(home),
                "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
                "USER": name,
                "PATH": path,
            }
            groups = () if name.endswith("eve") else (group,)
            people.append(Person(home, own, name, 0o022, groups))
        tried = people[0].run("git data version", code=None)
        if tried.code:
            pytest.skip(f"other users may not run {sys.executable}: {tried.err}")
        yield Laboratory(place, group, *people)
    finally:
        for command in reversed(made):
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(place, ignore_errors=True)
