"""Commands that change a project, each prepared, and what has to be there in the end; to be disturbed on the way."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shell import Shell, project

LARGE = random.Random(11).randbytes(400_000)


def write_version(repo: Shell, number: int) -> None:
    """A data root with what there can be in one; some of it is of every version, some of this one alone."""
    shutil.rmtree(repo.cwd / "data", ignore_errors=True)
    for name in ("a.txt", f"only-{number}.txt", f"in-{number}/deep/file", "same"):
        repo.write(f"data/{name}", "same\n" if name == "same" else f"{number} {name}\n")
    repo.write("data/large.bin", LARGE[: 150_000 + 50_000 * number] + b"%d" % number)
    repo.write("data/run.sh", "exit\n")
    (repo.cwd / "data/run.sh").chmod(0o755)
    (repo.cwd / "data/link").symlink_to(f"only-{number}.txt")


def world(shell: Shell) -> Shell:
    """A project with two pushed versions, and git-data installed for the user, so that clones have data."""
    repo = project(shell)
    shell.git("data install")
    for number in (1, 2):
        write_version(repo, number)
        if number == 1:
            repo.git("data track data")
        repo.git("add -A")
        repo.git(f"commit -qm v{number}")
        repo.git(f"tag v{number}")
    repo.git("push -q origin main v1 v2")
    shell.git("config --global gitdata.trust " + str(shell.cwd / "bucket"))
    return repo


def edit(repo: Shell) -> None:
    repo.write("data/a.txt", "an edit\n")
    repo.write("data/new/file.txt", "new\n")
    repo.write("data/large.bin", LARGE[5000:] + b"edited")
    (repo.cwd / "data/same").unlink()


def nothing(repo: Shell) -> None:
    pass


def committed(repo: Shell) -> None:
    edit(repo)
    repo.git("commit -qam third")


def cloned(repo: Shell) -> None:
    """The clone is the place to work in."""
    repo.cd("..").git("clone -q hub.git clone")


def branched(repo: Shell) -> None:
    repo.git("checkout -q -b side")
    repo.write("data/a.txt", "side\n")
    repo.write("data/side.txt", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/large.bin", LARGE[5000:] + b"main")
    repo.git("commit -qam main")


def discarded(repo: Shell) -> None:
    edit(repo)
    repo.git("status")
    repo.git("restore .")
    assert repo.read("data/a.txt") == b"2 a.txt\n"


def damaged(repo: Shell) -> None:
    for pack in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"):
        pack.chmod(0o644)
        with pack.open("r+b") as file:
            file.seek(pack.stat().st_size // 3)
            file.write(b"damage")


def stashed(repo: Shell) -> None:
    edit(repo)
    repo.git("stash -q")


def patterned(repo: Shell) -> None:
    repo.git("data track '*.onnx'")
    repo.git("commit -qm pattern")
    repo.write("m.onnx", LARGE[:100_000])
    repo.write("n.onnx", LARGE[100_000:150_000])


def both(repo: Shell) -> None:
    """Both sides changed other lines of one file: Git merges contents in a repository for the moment."""
    repo.write("data/lines.txt", "".join(f"line {number}\n" for number in range(40)))
    repo.git("add -A")
    repo.git("commit -qam lines")
    repo.git("branch side")
    for branch, line in (("side", 3), ("main", 35)):
        repo.git(f"checkout -q {branch}")
        lines = [f"line {number}\n" for number in range(40)]
        lines[line] = f"of {branch}\n"
        repo.write("data/lines.txt", "".join(lines))
        repo.write(f"data/{branch}.txt", f"{branch}\n")
        repo.git(f"commit -qam {branch}")


def rebasing(repo: Shell) -> None:
    both(repo)
    repo.git("checkout -q side")


def untracked(repo: Shell) -> None:
    repo.write("more/one.txt", "one\n")
    repo.write("more/deep/two.bin", LARGE[:70_000])


def unneeded(repo: Shell) -> None:
    """A commit that nothing names any more, in packs that hold more than it."""
    repo.write("data/gone.bin", random.Random(12).randbytes(300_000))
    repo.git("commit -qam gone")
    repo.git("reset -q --hard HEAD~1")
    repo.git("reflog expire --expire=now --all")
    repo.git("gc -q --prune=now")
    repo.git("config gitdata.pruneDays 0")


def in_part(repo: Shell) -> None:
    repo.git("data sparse set data/a.txt data/same")
    repo.write("data/a.txt", "an edit\n")


@dataclass(frozen=True)
class Job:
    """A command in a prepared repository, and how a person goes on when it was killed."""

    name: str
    prepare: Callable[[Shell], None]
    command: str
    before: str = ""  # what Git needs first when it was killed half-way
    place: str = "project"
    again: bool = False  # what it does is not seen in the work tree

    def __str__(self) -> str:
        return self.name


JOBS = [
    Job("commit", edit, "git commit -qam third"),
    Job("push", committed, "git push -q origin main"),
    Job("checkout", nothing, "git checkout -q v1"),
    Job("fetch", cloned, "git data fetch v1", place="clone"),
    Job("clone", nothing, "git clone -q hub.git clone", before="git reset -q --hard", place="clone"),
    Job("merge", branched, "git merge -q --no-edit side", before="git reset -q --hard"),
    Job("undo", discarded, "git data undo 1"),
    Job("repair", damaged, "git data fsck --repair"),
    Job("pop", stashed, "git stash pop -q"),
    Job("pattern", patterned, "git add m.onnx n.onnx"),
    Job("contents", both, "git merge -q --no-edit side", before="git reset -q --hard"),
    Job("stash", edit, "git stash -q"),
    Job("add", edit, "git add -A"),
    Job("mv", nothing, "git data mv data moved"),
    Job("track", untracked, "git data track more"),
    Job("untrack", nothing, "git data untrack data"),
    Job("prune", unneeded, "git data prune", again=True),
    Job("rebase", rebasing, "git rebase -q main", before="git rebase --abort"),
    Job("part", edit, "git data sparse set data/large.bin data/only-2.txt"),
    Job("whole", in_part, "git data sparse disable"),
]


def content(top: Path) -> dict[str, tuple[str, bytes]]:
    """Everything in a work tree but Git's own; what is left of a killed process too."""
    found = {}
    for folder, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name != ".git"]
        for name in (*folders, *files):
            path = Path(folder, name)
            kind = "link" if path.is_symlink() else "folder" if path.is_dir() else oct(path.stat().st_mode & 0o111)
            data = os.fsencode(os.readlink(path)) if kind == "link" else b"" if kind == "folder" else path.read_bytes()
            # What Git takes a pointer file for is told by its status; one that tells of edits may stand for another.
            found[str(path.relative_to(top))] = (kind, b"" if name.endswith(".gitdata") else data)
    return found


def state(repo: Shell) -> tuple[object, ...] | None:
    """What has to be equal in the end."""
    if not (repo.cwd / ".git").is_dir():
        return None
    listed = "for-each-ref --format='%(refname) %(tree)' refs/heads refs/tags refs/stash"
    remote = sorted(path.name for path in (repo.cwd.parent / "bucket/manifests").iterdir())
    head = repo.read(".git/HEAD") if repo.read(".git/HEAD").startswith(b"ref:") else repo.git("rev-parse HEAD^{tree}")
    hub = repo.git(f"--git-dir=../hub.git {listed}")
    return head, repo.git(listed), hub, remote, looks(repo), content(repo.cwd)


def stored(repo: Shell) -> int:
    """Bytes of packs in this clone."""
    return sum(path.stat().st_size for path in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"))


def looks(repo: Shell) -> str:
    return repo.git("status --porcelain")


class Prepared:
    """A job that can be begun as often as is asked for."""

    def __init__(self, job: Job, top: Shell) -> None:
        self.job, self.top, self.saved = job, top, top.cwd.parent / "saved"
        job.prepare(top.cd("project"))
        copy(top.cwd, self.saved)
        self.repo = top.cd(job.place)
        self.where = top if job.name == "clone" else self.repo

    def done(self, there: Shell) -> None:
        """Do it without any trouble: what there is then is what has to be there in the end, always."""
        there.run(self.job.command)
        self.end, self.stored = state(self.repo), stored(self.repo)
        self.repo.git("data fsck --remote origin")

    def begin(self) -> None:
        """Go back to the beginning."""
        copy(self.saved, self.top.cwd)

    def go_on(self, what: str, *advice: str) -> None:
        """Come to the end, as a person does: look, do what was advised, and try again."""
        repo, job = self.repo, self.job
        there = (repo.cwd / ".git").is_dir()
        first = ["git data init"] if job.name == "clone" else [job.command] if job.name == "repair" else []
        for line in (*advice, *first) if there else ():
            repo.run(line, code=None)
        if there:
            found = repo.run("git data fsck", code=None)
            assert not found.code, f"{job} {what}: {found.said}"
        for line in (job.before, "" if there and job.name == "clone" else job.command, "git data checkout"):
            if state(repo) == self.end:
                break
            if line:
                (repo if repo.cwd.is_dir() and line != job.command else self.where).run(line, code=None)
        found = state(repo)
        if found != self.end:
            pairs = zip(found or [], self.end or [], strict=False)
            differ = [f"{one!r:.500} instead of {other!r:.500}" for one, other in pairs if one != other]
            raise AssertionError(f"{job} {what}: {differ}")
        if job.again:
            repo.run(job.command)
            assert stored(repo) == self.stored, f"{job} {what}: {stored(repo)} bytes instead of {self.stored}"
        repo.git(f"data fsck{' --remote origin' if job.name in ('push', 'repair') else ''}")


def copy(place: Path, to: Path) -> None:
    """Make `to` what `place` is, with times and modes."""
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "-a", str(place), str(to)], check=True)
