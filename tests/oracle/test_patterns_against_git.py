"""Random lives of twins: in one repository Git tracks binary files itself, in the other by a pattern of git-data.

The paths are the same in both, so Git has to say the very same things about them.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from shell import Result, Shell

_SHORT = range(int(os.environ.get("GIT_DATA_PATTERN_LIVES", "12")))
_LONG = range(20_000, 20_010)
NAMES = ("a.bin", "b.bin", "models/c.bin", "models/d.bin", "deep/er/e.bin")


@dataclass
class Pair:
    """The same work tree twice."""

    plain: Shell
    ours: Shell
    session: list[str] = field(default_factory=list)

    def git(self, command: str) -> Result:
        """The same command in both; the exit codes have to agree."""
        self.session.append(f"git {command}")
        there, here = (shell.run(f"git {command}", code=None) for shell in (self.plain, self.ours))
        assert there.code == here.code, self.explain(f"{there.code} and {here.code}\n{there.said}\n{here.said}")
        return there

    def edit(self, line: str, action: Callable[[Path], None]) -> None:
        self.session.append(line)
        for shell in (self.plain, self.ours):
            action(shell.cwd)

    def agree(self) -> None:
        """The files, what is staged and dirty, and the history are the same."""
        assert _files(self.plain.cwd) == _files(self.ours.cwd), self.explain(
            f"{_differing(_files(self.plain.cwd), _files(self.ours.cwd))}"
        )
        for question in (
            "status --porcelain -uall",
            "log --format=%s -n 30",
            "stash list --format=%gd",
            "for-each-ref --format=%(refname) refs/heads refs/tags",
            "symbolic-ref -q HEAD",
        ):
            # Sorted, because commits of the same second are listed in any order.
            there, here = (
                sorted(shell.run(f"git {question}", code=None).out.splitlines()) for shell in (self.plain, self.ours)
            )
            assert there == here, self.explain(f"{question}:\n{there}\n{here}")

    def explain(self, what: str) -> str:
        return "\n".join([what, "the session:", *self.session])


def _files(top: Path) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if name.startswith(".git"):
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path).encode())
        elif path.is_file():
            found[name] = ("exec" if os.access(path, os.X_OK) else "file", path.read_bytes())
    return found


def _differing(there: dict[str, tuple[str, bytes]], here: dict[str, tuple[str, bytes]]) -> list[str]:
    return [
        f"{name}: {there.get(name, ('-', b''))[1][:60]!r} {here.get(name, ('-', b''))[1][:60]!r}"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]


def write(pair: Pair, rng: random.Random) -> None:
    name, data = rng.choice(NAMES), rng.randbytes(rng.choice((0, 1, 50, 3000, 300_000)))

    def action(top: Path) -> None:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_bytes(data)

    pair.edit(f"write {len(data)} bytes to {name}", action)


def code(pair: Pair, rng: random.Random) -> None:
    text = f"{rng.randrange(1000)}\n"
    pair.edit("edit code.txt", lambda top: (top / "code.txt").write_text(text) and None)


def delete(pair: Pair, rng: random.Random) -> None:
    name = rng.choice(NAMES)
    pair.edit(f"rm {name}", lambda top: (top / name).unlink(missing_ok=True))


def mode(pair: Pair, rng: random.Random) -> None:
    name = rng.choice(NAMES)

    def action(top: Path) -> None:
        path = top / name
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode ^ 0o111)

    pair.edit(f"chmod {name}", action)


def link(pair: Pair, rng: random.Random) -> None:
    # Not where a file may be: when a file meets a link, Git puts the file beside it under a name like
    # `b.bin~COMMIT`, which no pattern matches, so it has the pointer there.
    target = rng.choice(("a.bin", "nowhere"))

    def action(top: Path) -> None:
        (top / "link.bin").unlink(missing_ok=True)
        (top / "link.bin").symlink_to(target)

    pair.edit(f"ln -sf {target} link.bin", action)


def command(*choices: str) -> Callable[[Pair, random.Random], None]:
    def step(pair: Pair, rng: random.Random) -> None:
        line = rng.choice(choices).format(
            name=rng.choice(NAMES),
            other=rng.choice(NAMES),
            branch=rng.choice(("main", "side")),
            back=rng.choice(("HEAD", "HEAD~1", "HEAD~2", "v1")),
        )
        pair.git(line)

    return step


def conflict(pair: Pair, rng: random.Random) -> None:
    """End a conflict if there is one: by a side, or not at all."""
    git_dir = pair.plain.cwd / ".git"
    going = next((verb for verb, mark in MARKS.items() if (git_dir / mark).exists()), None)
    if going is None:
        return
    if rng.random() < 0.5:
        pair.git(f"{going} --abort")
        return
    side = rng.choice(("ours", "theirs"))
    for name in pair.plain.git("diff --name-only --diff-filter=U").split():
        pair.git(f"checkout --{side} -- {name}")
        pair.git(f"add -A -- {name}")
    pair.git(
        "-c core.editor=true commit -q --no-edit" if going == "merge" else f"-c core.editor=true {going} --continue"
    )


def border(pair: Pair, rng: random.Random) -> None:
    """Git itself has the content for two commits; the way leads over that border and back, an edit comes along."""
    name = pair.plain.run("git symbolic-ref -q --short HEAD", code=None).out.strip()
    if not name or any((pair.plain.cwd / ".git" / mark).exists() for mark in MARKS.values()):
        return
    pair.git("add -A")
    pair.git("commit -q --allow-empty -m before")
    pair.agree()
    pair.git("checkout -q --detach")
    pair.session.append("git data untrack *.bin; git commit -m held")
    pair.ours.git("data untrack *.bin")
    pair.ours.git("commit -qm held")
    pair.plain.git("commit -q --allow-empty -m held")
    write(pair, rng)
    pair.git("add -A")
    pair.git("commit -q --allow-empty -m edited")
    pair.git("branch -q held")
    for target in (name, "held", name):
        how = rng.choice(("checkout -q", "switch -q", "checkout -q -f", "reset -q --hard"))
        pair.git(f"{how} {'' if 'reset' in how else '--detach '}{target}")
        pair.agree()
    if pair.git("cherry-pick --keep-redundant-commits held").code:
        pair.git("cherry-pick --abort")
    pair.agree()
    pair.git(f"checkout -q {name}")
    pair.git("branch -q -D held")


MARKS = {
    "merge": "MERGE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD",
    "rebase": "rebase-merge",
}
STEPS: list[tuple[Callable[[Pair, random.Random], None], int]] = [
    (write, 9),
    (code, 2),
    (delete, 2),
    (mode, 2),
    (link, 1),
    (conflict, 6),
    (command("add -A", "add -A -- {name}", "mv {name} {other}", "rm -q --cached {name}"), 3),
    (command("commit -qam all", "commit -qm staged", "commit -qm part {name}", "commit -q --amend --no-edit"), 8),
    (command("checkout -q {branch}", "switch -q {branch}", "checkout -q -f {branch}", "checkout -q {back}"), 6),
    (command("checkout {back} -- {name}", "restore {name}", "restore --staged {name}", "restore -s {back} models"), 3),
    (command("reset -q --soft {back}", "reset -q {back}", "reset -q --hard {back}"), 2),
    (command("merge -q --no-edit {branch}", "merge -q --no-ff --no-edit {branch}", "merge -q --squash {branch}"), 4),
    (command("rebase -q {branch}", "cherry-pick {branch}", "cherry-pick {branch}~1", "revert --no-edit HEAD"), 3),
    (command("stash -q", "stash -q -u", "stash pop -q", "stash apply -q", "stash drop -q"), 4),
    (border, 1),
    (command("clean -fdq", "branch -f side HEAD", "tag -f v1", "gc -q --prune=now", "diff --stat"), 1),
]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs") / "template"


def born(directory: Path) -> None:
    for name in ("plain", "ours"):
        shell = Shell(directory / name)
        shell.cwd.mkdir(parents=True)
        shell.git("init -q")
        # Renames are guessed from content, which Git sees in one twin only.
        for setting in ("merge.renames false", "diff.renames false", "gc.auto 0"):
            shell.git(f"config {setting}")
        if name == "ours":
            shell.git("data init")
            shell.git("data track *.bin")
            with open(shell.cwd / ".gitattributes", "a") as file:
                file.write("*.bin gitdata-merge=binary\n")  # as the other twin has it
        else:
            shell.write(".gitattributes", "*.bin -merge -text\n")
        with open(shell.cwd / ".gitattributes", "a") as file:
            file.write("code.txt -merge\n")  # conflict markers would name commits
        for number, path in enumerate(NAMES[:4]):
            shell.write(path, random.Random(number).randbytes(2000 * number))
        shell.write("code.txt", "first\n")
        shell.git("add -A")
        shell.git("commit -qm first")
        shell.git("tag v1")
        shell.git("checkout -qb side")
        shell.write("a.bin", b"side")
        shell.git("commit -qam side")
        shell.git("checkout -q main")
        shell.write("models/c.bin", b"main")
        shell.git("commit -qam main")


def live(template: Path, tmp_path: Path, seed: int, steps: int) -> None:
    if not template.exists():
        born(template)
    subprocess.run(["cp", "-a", str(template), str(tmp_path / "pair")], check=True)
    pair = Pair(Shell(tmp_path / "pair/plain"), Shell(tmp_path / "pair/ours"))
    rng = random.Random(seed)
    pair.agree()
    for step in rng.choices([step for step, _weight in STEPS], [weight for _step, weight in STEPS], k=steps):
        step(pair, rng)
        pair.agree()
    shutil.rmtree(tmp_path / "pair")


@pytest.mark.parametrize("seed", _SHORT)
def test_short_lives_by_pattern(template: Path, tmp_path: Path, seed: int) -> None:
    live(template, tmp_path, seed, steps=14)


@pytest.mark.long
@pytest.mark.parametrize("seed", _LONG)
def test_long_lives_by_pattern(template: Path, tmp_path: Path, seed: int) -> None:
    live(template, tmp_path, seed, steps=80)
