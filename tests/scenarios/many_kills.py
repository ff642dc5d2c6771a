"""Thousands of kills in one life of a project: python tests/scenarios/many_kills.py FOLDER KILLS [SEED].

A hundred times as many as the tests have (`test_killed_at_random.py`), by hand and before a release: real commands
(commit, checkout, reset, push, pull, clone, merge, rebase, stash, pop, add, prune, gc) are killed at random moments
with all that they have started. After each the next commands work and the data is what the last commit has; after each
fiftieth everything is verified, here and on the remote, and some commits are looked at; in the end all of them. FOLDER
is made; `FOLDER/told` says how far it is, and the next run goes on counting.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from shell import Shell  # noqa: E402
from test_killed_at_random import Life  # noqa: E402

FULL = 50  # kills from one full look to the next
COMMITS = 100  # in one project; then a new one begins


class Longer(Life):
    """A life with more verbs, whose looks are cheap."""

    def alive(self, where: Shell) -> None:
        told = where.git("data status")
        if "behind" in told:
            where.git("data checkout")
        assert "corrupt" not in told

    def note(self) -> None:
        super().note()
        newest = list(self.commits)[-1]
        self.repo.git(f"update-ref refs/kept/{newest} {newest}")  # what was rebased is looked at, too

    def merge(self) -> None:
        """Both sides edit; Git and git-data merge, and nobody's file is lost."""
        newest = self.repo.git("rev-parse HEAD").strip()
        number = len(self.commits)
        for branch in ("side", "main"):
            self.repo.git(f"checkout -q {'-B side' if branch == 'side' else 'main'}")
            self.repo.write(f"data/{branch}-{number}.txt", f"{branch} {number}\n")
            self.repo.git("add -A")
            self.repo.git(f"commit -qm {branch}")
            self.note()
        sides = self.repo.git("rev-parse side main").split()
        expected = {**self.commits[sides[0]], **self.commits[sides[1]]}
        name, command = self.numbers.choice(
            [("merge", "git merge -q --no-edit side"), ("rebase", "git rebase -q side")],
        )
        self.run(name, command, self.repo)
        self.alive(self.repo)
        for _time in range(2):
            if self.repo.git("branch --show-current").strip() == "main" and self.here() == expected and self.repo.clean:
                break
            for word in ("merge", "rebase"):
                self.repo.run(f"git {word} --abort", code=None)
            for left in self.repo.cwd.glob(".merge_file_*"):
                left.unlink()  # Git's own
            shutil.rmtree(self.repo.cwd / ".git/rebase-merge", ignore_errors=True)
            self.repo.git(f"checkout -q -f -B main {sides[1]}")
            self.repo.git(command.removeprefix("git "))
        assert self.here() == expected, f"a {name} of {newest} came to something else"
        self.note()

    def prune(self) -> None:
        where = self.repo
        self.edit()
        where.run("git commit -qam unneeded", code=None)
        where.git("checkout -q -f -B main " + list(self.commits)[-1])
        where.git("reflog expire --expire=now --all")
        where.git("-c gc.auto=0 prune --expire=now")
        self.run("prune", "git -c gitdata.pruneDays=0 data prune", where)
        self.alive(where)

    def gc(self) -> None:
        self.run("gc", "git gc -q", self.repo)
        for left in self.repo.cwd.glob(".git/objects/pack/tmp_*"):
            left.unlink()
        self.alive(self.repo)

    def add(self) -> None:
        self.edit()
        edited = self.here()
        self.run("add", "git add -A", self.repo)
        self.alive(self.repo)
        assert self.here() == edited
        self.repo.git("add -A")
        self.repo.run("git commit -qm added", code=None)
        assert self.here() == edited and self.repo.clean
        self.note()

    def step(self) -> None:
        steps = [self.commit, self.commit, self.push, self.push, self.checkout, self.checkout, self.fetch]
        self.numbers.choice([*steps, self.stash, self.stash, self.merge, self.merge, self.prune, self.gc, self.add])()
        self.back(self.repo)
        left = [path for path in self.repo.git("ls-files -o").split("\n") if "tmp-" in path and "data/" not in path]
        assert not left, f"{left} is left"

    def verify(self) -> None:
        """All of it."""
        self.repo.git("data fsck")
        for commit in self.numbers.sample(list(self.commits), min(8, len(self.commits))):
            self.look_at(self.repo, commit)
        self.back(self.repo)
        self.repo.git("push -q -f origin main")
        self.repo.git("data push --all")
        self.repo.git("data fsck --remote origin")


def main(folder: Path, kills: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "told"
    lines = told.read_text().splitlines() if told.exists() else []
    before = Counter({name: int(count) for count, name in map(str.split, lines)})
    seed += before.total()
    done: Counter[str] = Counter()
    while done.total() < kills:
        place = Path(tempfile.mkdtemp(dir=folder))
        life = Longer(sealed(place), random.Random(seed))
        print(f"seed {seed}", flush=True)
        verified = 0
        while life.killed.total() + done.total() < kills and len(life.commits) < COMMITS:
            life.step()
            if life.killed.total() - verified >= FULL:
                life.verify()
                verified = life.killed.total()
            told.write_text("".join(f"{count} {name}\n" for name, count in (before + done + life.killed).items()))
        life.verify()
        life.end()
        done += life.killed
        seed += 1
        print(time.strftime("%H:%M:%S"), done.total(), dict(done), flush=True)
        shutil.rmtree(place)


def sealed(place: Path) -> Shell:
    """A shell in an empty folder, with a home of its own."""
    home = place / "home"
    home.mkdir()
    (home / "gitconfig").write_text(
        '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )
    for name in [name for name in os.environ if name.startswith(("GIT_", "AWS_"))]:
        del os.environ[name]
    os.environ.update(
        HOME=str(home), GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=str(home / "gitconfig"), GIT_EDITOR="true",
        GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com", GIT_COMMITTER_NAME="Ada",
        GIT_COMMITTER_EMAIL="ada@example.com", LC_ALL="C.UTF-8",
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    )  # fmt: skip
    (place / "work").mkdir()
    return Shell(place / "work")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
