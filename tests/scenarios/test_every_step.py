"""Each command is killed at each of its steps: the next command recovers, a second try finishes, nothing is lost.

A step is a call that makes, renames, links, flushes or removes a file or a folder, wherever in git-data it is made, and
whether or not `durable` makes it; `tests/steps.c` counts them in the real processes. In a usual run each command
is killed at one of its steps, which is another for each; `-m long` takes more, and with `GIT_DATA_STEPS=1` every
one, without and with Git (2: every second one, in turn, and so on), in any order, for at most `GIT_DATA_STEPS_S`
seconds for each command (900). `GIT_DATA_WRITES=1` makes writes steps, too.
"""

import os
import random
import time

import pytest
from jobs import JOBS, Job, Prepared, content, copy, edit
from shell import Shell
from steps import Steps

pytestmark = pytest.mark.any_git

EVERY = int(os.environ.get("GIT_DATA_STEPS", "0"))
LIMIT_S = float(os.environ.get("GIT_DATA_STEPS_S", "900"))
WRITES = {"writes": "1"} if os.environ.get("GIT_DATA_WRITES") else {}


class Killing:
    """A job that is killed again and again."""

    def __init__(self, job: Job, top: Shell) -> None:
        self.steps = Steps.prepare(top.cwd.parent, top.cwd)
        self.prepared = Prepared(job, top)
        self.prepared.done(self.steps.shell(self.prepared.where, **WRITES))
        self.total = self.steps.count

    def kill(self, at: int, *, group: bool) -> None:
        """Kill it at a step, with Git or alone, and go on from there."""
        prepared = self.prepared
        prepared.begin()
        there = self.steps.shell(prepared.where, at=at, group=group, **WRITES)
        there.run(f"{'setsid -w ' if group else ''}{prepared.job.command}", code=None)
        seen = [path for path in ls_files(prepared.repo) if "tmp-" in path]
        assert not seen, f"at step {at} Git sees {seen}"
        for lock in prepared.top.cwd.glob("*/.git/**/*.lock") if group else ():
            if "gitdata" not in lock.parts:
                lock.unlink()  # Git's own: Git asks a person to
        for left in prepared.repo.cwd.glob(".merge_file_*") if group else ():
            left.unlink()  # Git's own as well
        prepared.go_on(f"at step {at} of {self.total}{' with Git' if group else ''}")
        left = [*prepared.top.cwd.glob("bucket/**/.tmp-*"), *prepared.repo.cwd.glob(".git/gitdata/half-written/*")]
        assert not left, f"at step {at} of {self.total} {left} is left"


def ls_files(repo: Shell) -> list[str]:
    """What Git would call untracked, with no word of ours in between."""
    listed = (
        repo.run("git ls-files -o -z --exclude-standard", code=None, GIT_DATA_SKIP="1") if repo.cwd.is_dir() else None
    )
    return listed.out.split("\0") if listed is not None else []


def some(total: int, most: int, job: Job) -> list[int]:
    """Steps spread over all of them, which ones is chosen for each job."""
    shift = sum(job.name.encode()) % 97 / 97
    chosen = {1 + int((number + shift) * total / most) for number in range(most)}
    return sorted(step for step in chosen if step <= total)


SELDOM = ("undo", "repair", "pop", "pattern", "merge", "stash", "add", "track")


@pytest.mark.parametrize("job", [job for job in JOBS if job.name not in SELDOM], ids=str)
def test_killed_at_a_step(top: Shell, job: Job) -> None:
    killing = Killing(job, top)
    assert killing.total > 5
    for at in some(killing.total, 1, job):
        killing.kill(at, group=at % 2 == 0)


@pytest.mark.long
def test_a_stash_that_is_killed_loses_no_edit(top: Shell) -> None:
    """The edits are in the work tree, in what was stashed, or among what `git data undo` brings back."""
    repo, steps = top.cd("project"), Steps.prepare(top.cwd.parent, top.cwd)
    edit(repo)
    edited, saved = content(repo.cwd / "data"), top.cwd.parent / "saved"
    copy(top.cwd, saved)
    steps.shell(repo).run("git stash -q")
    total = steps.count
    for at in range(1, total + 1, EVERY) if EVERY else range(5, total, 15):
        copy(saved, top.cwd)
        steps.shell(repo, at=at).run("git stash -q", code=None)
        found = [content(repo.cwd / "data")]
        repo.run("git data undo 1 --to ../undone", code=None)
        found.append(content(repo.cwd / "../undone/data"))
        repo.run("git stash pop -q", code=None)
        found.append(content(repo.cwd / "data"))
        for name, what in edited.items():
            assert any(place.get(name) == what for place in found), f"{name} at step {at} of {total}"


@pytest.mark.long
@pytest.mark.parametrize("job", JOBS, ids=str)
def test_killed_at_more_steps(top: Shell, job: Job) -> None:
    killing = Killing(job, top)
    steps = list(range(1, killing.total + 1, EVERY)) if EVERY else some(killing.total, 2, job)
    random.Random(1).shuffle(steps)
    told, count, ends = [], 0, time.monotonic() + LIMIT_S
    for at in steps:
        if time.monotonic() > ends:
            break
        for group in (False, True) if EVERY == 1 else (count % 2 == 1,):
            count += 1
            try:
                killing.kill(at, group=group)
            except AssertionError as error:
                told.append(str(error))
    print(f"{job}: killed {count} times, {killing.total} steps, {len(told)} failures")
    assert not told, "\n\n".join(told)
