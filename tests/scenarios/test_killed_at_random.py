"""Commands of a day's work, each killed at a random moment with all that it has started; after each all is there.

`GIT_DATA_KILLS` says how many kills (4; with `-m long` 12), `GIT_DATA_SEED` which ones. After each the next commands
work, no lock is left of ours, `git data fsck` finds nothing, edits that no version has are where they were, the
last commit and another one have their data, byte for byte. At the end: every commit, and every one that has
reached Git's remote in a new clone.
"""

import contextlib
import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git

KILLS = int(os.environ.get("GIT_DATA_KILLS", "0"))
SEED = int(os.environ.get("GIT_DATA_SEED", "1"))
Content = dict[str, tuple[str, bytes]]


def content(top: Path) -> Content:
    """Every file, link and empty folder of a data root."""
    found = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if path.is_symlink():
            found[name] = ("link", os.fsencode(os.readlink(path)))
        elif path.is_file():
            found[name] = ("exec" if path.stat().st_mode & 0o100 else "file", path.read_bytes())
        elif not any(path.iterdir()):
            found[name] = ("dir", b"")
    return found


@dataclass
class Life:
    """A project, what each of its commits has to have, and what was done to it."""

    top: Shell
    numbers: random.Random
    repo: Shell = field(init=False)
    commits: dict[str, Content] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    usual_s: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repo = project(self.top)
        self.top.git("data install")
        self.top.git(f"config --global gitdata.trust {self.top.cwd / 'bucket'}")
        for number in range(8):
            self.repo.write(f"data/{'abc'[number % 3]}/{number}.txt", f"{number}\n")
        self.repo.write("data/large.bin", self.numbers.randbytes(600_000))
        self.repo.git("data track data")
        self.repo.git("add -A")
        self.repo.git("commit -qm first")
        self.repo.git("push -q -u origin main")
        self.top.git("clone -q hub.git clone")
        self.note()

    def here(self) -> Content:
        return content(self.repo.cwd / "data")

    def note(self) -> None:
        """The data in the work tree is that of the last commit."""
        self.commits[self.repo.git("rev-parse HEAD").strip()] = self.here()

    def edit(self) -> None:
        numbers, data = self.numbers, self.repo.cwd / "data"
        for _time in range(numbers.randint(1, 4)):
            files = [path for path in data.rglob("*") if path.is_file() and not path.is_symlink()]
            what = numbers.choice(["new", "change", "change", "remove", "large", "link"])
            if what == "new" or not files:
                name = f"data/{numbers.choice('abcd')}/{numbers.randrange(10**6)}"
                self.repo.write(name, numbers.randbytes(numbers.randrange(3000)))
            elif what == "change":
                numbers.choice(files).write_bytes(numbers.randbytes(numbers.randrange(1, 3000)))
            elif what == "remove" and len(files) > 4:
                numbers.choice(files).unlink()
            elif what == "link":
                (data / f"link-{numbers.randrange(10**6)}").symlink_to("a")
            elif (large := data / "large.bin").exists():
                place, old = numbers.randrange(500_000), large.read_bytes()
                large.write_bytes(old[:place] + numbers.randbytes(5000) + old[place + 4000 :])

    def run(self, name: str, command: str, where: Shell) -> bool:
        """Run a command, killed at a random moment of it; whether it came to its end."""
        usual = self.usual_s.get(name, 0.5)
        wait_s, began = self.numbers.uniform(0, 1.1 * usual), time.monotonic()
        process = subprocess.Popen(
            shlex.split(command),
            cwd=where.cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        if code == -signal.SIGKILL:
            self.killed[name] += 1
            self.usual_s[name] = min(2 * usual, 2.0) if time.monotonic() - began > 0.9 * usual else usual
        else:
            self.ended[name] += 1
            self.usual_s[name] = 0.7 * usual + 0.3 * (time.monotonic() - began)
        for lock in self.top.cwd.glob("*/**/*.lock"):
            if "gitdata" not in lock.parts:
                lock.unlink()  # Git's own; Git asks a person to
        return code == 0

    # --- one step of a day ----------------------------------------------------------------------------------------

    def commit(self) -> None:
        self.edit()
        edited, before = self.here(), self.repo.git("rev-parse HEAD")
        self.run("commit", "git commit -qam more", self.repo)
        self.alive(self.repo)
        assert self.here() == edited, "a commit has changed data"
        if self.repo.git("rev-parse HEAD") == before:
            self.repo.run("git commit -qam again", code=None)
        self.repo.run("git commit -qam rest", code=None)
        assert self.here() == edited and self.repo.clean
        self.note()

    def push(self) -> None:
        self.run("push", "git push -q origin main", self.repo)
        self.alive(self.repo)
        if self.numbers.random() < 0.5:
            self.repo.git("push -q origin main")

    def checkout(self) -> None:
        chosen = self.numbers.choice(list(self.commits))
        if self.numbers.random() < 0.5:
            self.run("checkout", f"git checkout -q {chosen}", self.repo)
        else:
            self.run("reset", f"git reset -q --keep {chosen}", self.repo.cd("."))
        self.alive(self.repo)
        self.back(self.repo)

    def back(self, where: Shell) -> None:
        """Come to the end of whatever was cut off, on the newest commit."""
        newest = list(self.commits)[-1]
        where.git("checkout -q -f -B main " + newest)
        assert content(where.cwd / "data") == self.commits[newest], "not what the newest commit has"
        assert where.clean

    def fetch(self) -> None:
        there = self.top.cd("clone")
        if not (there.cwd / ".git").is_dir() or self.numbers.random() < 0.2:
            shutil.rmtree(there.cwd, ignore_errors=True)
            self.run("clone", "git clone -q hub.git clone", self.top)
            whole = there.cwd.is_dir() and not there.run("git rev-parse -q --verify HEAD", code=None).code
            if not whole or there.run("git reset -q --hard", code=None).code:
                shutil.rmtree(there.cwd, ignore_errors=True)
                self.top.git("clone -q hub.git clone")
            there.git("data init")  # as is said where it is needed
        else:
            self.run("pull", "git pull -q --rebase=false", there)
        self.alive(there)
        there.git("fetch -q")
        there.git("reset -q --hard origin/main")
        there.git("data checkout")  # where the pointer is right already, `reset` writes none, so nobody is called
        assert content(there.cwd / "data") == self.commits[there.git("rev-parse HEAD").strip()]

    def stash(self) -> None:
        self.edit()
        edited = self.here()
        self.run("stash", "git stash -q", self.repo)
        self.alive(self.repo)
        if self.repo.git("stash list"):
            self.repo.git("checkout -q -f main")
            self.run("pop", "git stash pop -q", self.repo)
            self.alive(self.repo)
            if self.repo.git("stash list"):
                self.repo.git("checkout -q -f main")
                self.repo.git("stash pop -q")
        assert self.here() == edited, "what was stashed is not what comes back"
        self.repo.git("reset -q --hard")
        assert self.here() == self.commits[self.repo.git("rev-parse HEAD").strip()]

    def alive(self, where: Shell) -> None:
        """The next commands work, and find nothing wrong."""
        if "behind" in where.git("data status"):
            where.git("data checkout")  # Git itself has ended, or was killed, and calls nobody
        where.git("data fsck")
        assert not [*where.cwd.rglob("*.held")]

    def step(self) -> None:
        self.numbers.choice([self.commit, self.commit, self.push, self.checkout, self.fetch, self.stash])()
        self.back(self.repo)
        self.look_at(self.repo, self.numbers.choice(list(self.commits)))
        self.back(self.repo)

    def look_at(self, where: Shell, commit: str) -> None:
        where.git(f"checkout -q {commit}")
        assert content(where.cwd / "data") == self.commits[commit], f"not what {commit} has"

    def end(self) -> None:
        for commit in self.commits:
            self.look_at(self.repo, commit)
        self.back(self.repo)
        self.top.git("clone -q hub.git last")
        last = self.top.cd("last")
        for commit in last.git("rev-list HEAD").split():
            self.look_at(last, commit)
        last.git("data fsck")
        self.repo.git("push -q origin main")
        self.repo.git("data fsck --remote origin")


def live(shell: Shell, kills: int) -> None:
    life = Life(shell, random.Random(SEED))
    while life.killed.total() < kills:
        life.step()
        print(f"{life.killed.total()} kills", end="\r", flush=True)
    life.end()
    told = f"seed {SEED}: {life.killed.total()} kills {dict(life.killed)}, ended {dict(life.ended)}"
    print(f"{told}, {len(life.commits)} commits")


def test_a_few_kills(shell: Shell) -> None:
    live(shell, KILLS or 4)


@pytest.mark.long
def test_many_kills(shell: Shell) -> None:
    live(shell, KILLS or 12)
