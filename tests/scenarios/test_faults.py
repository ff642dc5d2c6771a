"""Faults of the machine in the midst of each command: one clear line, nothing lost, and all goes on when they are over.

Full disks are small file systems that root mounts, disks that fail and processes that may open nothing more are made by
`tests/steps.c`.
"""

import errno
import re

import pytest
from jobs import JOBS, Prepared
from shell import Result, Shell
from steps import Steps

NAMED = {job.name: job for job in JOBS}
KIB = 1024


def clear(done: Result) -> None:
    """What was printed is for people: what happened, to what, and what to do."""
    assert "fault of git-data itself" not in done.said and "Errno" not in done.said, done.said
    assert done.code != 70, done.said
    ours = [line for line in done.err.splitlines() if line.startswith("git-data:")]
    assert not done.code or any(re.search(r"\(.+\)$|; run `|`git data", line) for line in ours), done.said
    for line in ours:
        assert not re.search(r": (a file: )?(input/output error|too many open files|read-only|no space)", line) or (
            "/" in line or "data" in line.removeprefix("git-data:")
        ), line


FAULTS = [
    f"sync:packs/:{errno.EIO}",
    f"sync:gitdata/tmp:{errno.EIO}",
    f"sync:bucket:{errno.EIO}",
    f"write:gitdata/tmp:{errno.EIO}",
    f"write:catalog:{errno.EIO}",
    f"write:gitdata/pending:{errno.ENOSPC}",
    f"write:gitdata/:{errno.ENOSPC}",
    f"write:bucket:{errno.ENOSPC}",
    f"write:project/data/:{errno.ENOSPC}",
    f"write:project/data/:{errno.EDQUOT}",
    f"rename:gitdata/:{errno.EIO}",
    f"rename:bucket/:{errno.EIO}",
    f"read:.pack:{errno.EIO}",
    f"read:bucket:{errno.EIO}",
    f"read:project/data/:{errno.EIO}",
    f"open:packs/:{errno.EMFILE}",
    f"open:bucket:{errno.EMFILE}",
    f"open:gitdata/:{errno.EROFS}",
    f"mkdir:gitdata/:{errno.ENOSPC}",
    "short::1",
]


def disturbed(prepared: Prepared, steps: Steps, fault: str) -> None:
    prepared.begin()
    done = steps.shell(prepared.where, fail=fault).run(prepared.job.command, code=None)
    clear(done)
    advised = [line for line in ("git data fsck --repair", "git data checkout") if f"`{line}`" in done.err]
    prepared.go_on(f"after {fault}", *advised)


@pytest.mark.parametrize("name", ["commit", "push", "checkout", "fetch"])
def test_some_faults(top: Shell, name: str) -> None:
    steps = Steps.prepare(top.cwd.parent, top.cwd)
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    for fault in FAULTS[len(name) % 4 :: 7]:
        disturbed(prepared, steps, fault)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMED)
def test_all_faults(top: Shell, name: str) -> None:
    steps = Steps.prepare(top.cwd.parent, top.cwd)
    prepared = Prepared(NAMED[name], top)
    prepared.done(prepared.where)
    told = []
    for fault in FAULTS:
        try:
            disturbed(prepared, steps, fault)
        except AssertionError as error:
            told.append(f"{fault}: {error}")
    assert not told, "\n\n".join(told)
