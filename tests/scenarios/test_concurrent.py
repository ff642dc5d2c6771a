"""Several people's worth of commands at the same time in one clone: nobody fails for another, nothing is lost."""

import contextlib
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from shell import Result, Shell, project

pytestmark = pytest.mark.any_git
# What Git itself says when another Git has the index or a ref, and we when it has begun without us: one tries again.
_GITS_OWN = (
    "index.lock",
    "cannot lock ref",
    "Unable to create",
    "is at ",
    "failed to update ref",
    "could not lock",
    "fetch first",
    "rejected",
    "non-fast-forward",
    "another git process",
    "run the same command again",
)


@dataclass
class Busy:
    """What is done at the same time until a moment, and what it said."""

    until: float
    done: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def go(self, name: str, shell: Shell, lines: Callable[[int], list[str]]) -> None:
        number = 0
        while time.monotonic() < self.until:
            for line in lines(number):
                result = shell.run(line, code=None)
                self.note(name, result)
            number += 1

    def note(self, name: str, result: Result) -> None:
        if result.code == 0:
            self.done[name] = self.done.get(name, 0) + 1
        elif not any(words in result.said for words in _GITS_OWN):
            self.said.append(f"{result.command}: {result.code}\n{result.said}")


def commits(shell: Shell, name: str) -> Callable[[int], list[str]]:
    """Edit and commit; what a commit has is what its message says."""
    numbers = random.Random(name)

    def lines(number: int) -> list[str]:
        word = f"{name} {number} {numbers.randrange(10**9)}"
        for file in ("a", "b"):
            (shell.cwd / f"data/{name}-{file}.txt").write_text(f"{word} {file}\n" * 2000)
        return [f"git commit -q -a -m '{word}'"]

    return lines


def in_every_commit(shell: Shell, branch: str, name: str) -> int:
    """Check out every commit of a branch in a fresh clone: its data is whole, and that of its message.

    Or of a try before, which Git has refused after it was staged.
    """
    count = 0
    for line in shell.git(f"log --format=%H:%s origin/{branch}").splitlines():
        commit, _, word = line.partition(":")
        if not word.startswith(name):
            continue
        shell.git(f"checkout -q {commit}")
        for file in ("a", "b"):
            lines = (shell.cwd / f"data/{name}-{file}.txt").read_text().splitlines()
            assert lines == ["first"] or (len(lines) == 2000 and len(set(lines)) == 1), commit
            number = int(lines[0].split(" ")[1]) if len(lines) > 1 else -1
            assert number <= int(word.split(" ")[1]) and lines[0].endswith((f" {file}", "first")), commit
        count += 1
    return count


def test_two_work_trees_and_several_terminals(shell: Shell) -> None:
    seconds = float(os.environ.get("GIT_DATA_BUSY", "6"))
    repo = project(shell)
    for name in ("main", "side"):
        for file in ("a", "b"):
            repo.write(f"data/{name}-{file}.txt", "first\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("push -q origin main")
    repo.git("worktree add -q ../linked -b side")
    linked = shell.cd("linked")
    busy = Busy(time.monotonic() + seconds)
    work: list[tuple[str, Shell, Callable[[int], list[str]]]] = [
        ("commit", repo, commits(repo, "main")),
        ("commit in the other work tree", linked, commits(linked, "side")),
        ("look", repo, lambda _n: ["git status --porcelain", "git data status"]),
        ("look there", linked, lambda _n: ["git status --porcelain", "git diff --stat"]),
        ("push", repo, lambda _n: ["git push -q origin main"]),
        ("push there", linked, lambda _n: ["git push -q origin side"]),
        ("keep", repo, lambda _n: ["git data fsck", "git data fetch", "git data prune", "git data push --all"]),
    ]
    with ThreadPoolExecutor(len(work)) as pool:
        for future in [pool.submit(busy.go, *one) for one in work]:
            future.result()
    assert not busy.said, "\n".join(busy.said[:5])
    assert busy.done.keys() >= {name for name, _shell, _lines in work}, busy.done
    for there in (repo, linked):
        there.git("data status")
        there.git("commit -qam last", code=None)
        assert there.clean
    repo.git("data fsck")
    repo.git("push -q origin main side")
    repo.git("data fsck --remote origin")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git(f"config gitdata.trust {shell.cwd / 'bucket'}")
    clone.git("data init")
    assert in_every_commit(clone, "main", "main") >= 1
    assert in_every_commit(clone, "side", "side") >= 1
    left = [path for path in (repo.cwd / ".git/gitdata").rglob("*") if path.parent.name in ("tmp", "outgoing")]
    assert not left


def test_an_interrupt_at_any_moment_leaves_no_lock(shell: Shell) -> None:
    """Ctrl-C, as a terminal sends it: to Git and to everything that Git has started."""
    repo = project(shell)
    numbers = random.Random(11)
    repo.write("data/large.bin", numbers.randbytes(6_000_000))
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("push -q -u origin main")
    began = time.monotonic()
    repo.git("commit -q --allow-empty -m timed")
    for number in range(int(os.environ.get("GIT_DATA_INTERRUPTS", "8"))):
        repo.write("data/large.bin", numbers.randbytes(6_000_000))
        line = ("git commit -qam more", "git status", "git push -q", "git checkout -q HEAD~1", "git stash -q")[
            number % 5
        ]
        process = subprocess.Popen(
            line.split(), cwd=repo.cwd, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        time.sleep(numbers.random() * 0.4)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1].decode()
        # Python itself says so of an interrupt in its first milliseconds, before any of our code runs.
        assert not re.search(r"/gitdata/[^\n]*, in (?!<module>)|a fault of git-data", said), said
        deadline = time.monotonic() + 20  # Git may end before the filter that publishes what was whole
        while True:
            (repo.cwd / ".git/index.lock").unlink(missing_ok=True)  # Git's own, and it says so itself
            done = repo.run("git status --porcelain", code=None)
            if done.code == 0 or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert done.code == 0, done.said
        repo.run("git data checkout --force", code=None)
        repo.git("checkout -q -f main")
    repo.git("data checkout --force")
    repo.git("commit -qam end", code=None)
    repo.git("data fsck")
    repo.git("push -q")
    repo.git("data verify --remote origin")
    assert time.monotonic() - began < 600


_THEIRS = """\
#!/bin/sh
unset GIT_INDEX_FILE GIT_DIR GIT_PREFIX # as whoever looks at the repository from within a hook does
{ git status --porcelain && git data status; } >/dev/null || exit 1
[ -z "$NESTED" ] || exit 0
NESTED=1
export NESTED
cd ../linked && echo "$0 $$" >>data/from-a-hook.txt && git commit -qam "from a hook" &&
    git checkout -q HEAD~1 && git checkout -q side
"""


@pytest.mark.parametrize("name", ["pre-commit", "post-checkout"])
def test_a_hook_that_calls_git_in_this_and_another_work_tree(shell: Shell, name: str) -> None:
    """A commit within a hook within a commit: hooks, filters and looks in each other; nobody waits for himself."""
    repo = project(shell)
    repo.write("data/a", "first\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("worktree add -q ../linked -b side")
    repo.write(f".git/hooks/{name}", _THEIRS)
    (repo.cwd / f".git/hooks/{name}").chmod(0o755)
    repo.git("data init")
    repo.write("data/a", "second\n")
    repo.git("commit -qam second")
    repo.git("checkout -q HEAD~1")
    assert repo.read("data/a") == b"first\n"
    repo.git("checkout -q main")
    assert repo.read("data/a") == b"second\n"
    repo.git("push -q origin main")
    linked = shell.cd("linked")
    assert linked.clean and repo.clean
    assert (
        linked.read("data/from-a-hook.txt").count(b"\n") == linked.git("log --format=%s side").count("from a hook") >= 1
    )
    repo.git("data fsck")
    repo.git("data verify --remote origin")
