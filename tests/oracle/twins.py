"""Two repositories that live the same life: in one, Git tracks the files themselves; in the other, git-data does.

After every command they have to agree on the data, on what is staged and what is dirty, on history and
on how the command ended. Every command is kept, so that a failure prints the session that leads to it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shell import Result, Shell

ROOTS = ("data", "config")
_REFUSED = re.compile(
    "would be overwritten|local changes|uncommitted changes|unstaged changes|not uptodate|contains? (un)?staged changes"
)
_SWITCHES = "checkout|switch|merge|pull|rebase|cherry-pick|revert|stash|reset"


@dataclass
class Twins:
    """The same work tree twice. Commands name a data root as `{data}`: `data` there, `data.gitdata` here."""

    plain: Shell
    ours: Shell
    session: list[str] = field(default_factory=list)
    may_be_dirty: bool = True  # something was edited since both were seen to be clean
    agreed: int = 0  # how long the session was when both were last seen to be the same
    clock_s: int = 2_000_000_000  # every command has a second of its own: a commit amended within one keeps its id

    def git(self, command: str, *, codes: bool = True, **environment: str) -> Result:
        """Run `git COMMAND` in both; what git-data's repository said. The exit codes have to agree.

        One difference is by design and allowed: Git protects a pointer as one file, so an edit anywhere below
        a root stops a command that would change that root, where plain Git would carry the edit of another
        file over. Nothing may have changed then, and the plain repository is put back.
        """
        self.session.append(f"git {command}")
        before = self.keep() if self.may_be_dirty and re.match(_SWITCHES, command) else None
        self.may_be_dirty = True
        self.clock_s += 1
        for role in ("AUTHOR", "COMMITTER"):
            environment[f"GIT_{role}_DATE"] = f"{self.clock_s} +0000"
        names = {root: root for root in ROOTS}
        there = self.plain.run(f"git {command.format(**names)}", code=None, **environment)
        here = self.ours.run(
            f"git {command.format(**{root: f'{root}.gitdata' for root in ROOTS})}", code=None, **environment
        )
        if before is not None and here.code not in (0, there.code) and _REFUSED.search(here.said):
            self.put_back(before)
            self.session.append("  # refused, as documented: the edited root is one file for Git")
            return here
        if codes:
            assert there.code == here.code, self.explain(f"exit code {there.code} and {here.code}", there, here)
        return here

    def edit(self, line: str, action: Callable[[Path], object]) -> None:
        """Do the same to both work trees; `action` is a function of the top directory."""
        self.session.append(line)
        self.may_be_dirty = True
        for shell in (self.plain, self.ours):
            action(shell.cwd)

    def agree(self) -> None:
        """Everything that a person could see is the same in both."""
        for root in ROOTS:
            there, here = files(self.plain.cwd / root), files(self.ours.cwd / root)
            assert there == here, self.explain(f"{root} differs: {difference(there, here)}")
        conditions, said = self.conditions(self.plain), self.conditions(self.ours, pointer=True)
        assert conditions == said, self.explain(f"(staged, dirty) is {conditions} and {said}")
        self.may_be_dirty = any(any(pair) for pair in conditions.values())
        past, recorded = history(self.plain), history(self.ours)
        assert past == recorded, self.explain(f"history:\n{past}\n{recorded}")
        self.agreed = len(self.session)

    def agree_in_conflict(self) -> None:
        """Where both sides have changed files and no more is in conflict, the same is in the files, markers as well.

        Of other conflicts git-data puts more into the work tree than Git, which has it in its index.
        """
        listed = [line.partition("\t") for line in self.plain.git("ls-files -u -z").split("\0") if line]
        found: dict[str, set[str]] = {}
        for head, _tab, path in listed:
            mode, _oid, stage = head.split(" ")
            found.setdefault(path, set()).add(stage if mode != "120000" else "link")
        if not found or any(not {"2", "3"} <= stages or "link" in stages for stages in found.values()):
            return
        for root in ROOTS:
            there, here = (_unlabelled(files(shell.cwd / root)) for shell in (self.plain, self.ours))
            assert there == here, self.explain(f"{root} differs in conflict: {difference(there, here)}")

    def conditions(self, shell: Shell, *, pointer: bool = False) -> dict[str, tuple[bool, bool]]:
        """Of every root and of the code: whether anything is staged, whether anything differs from the index."""
        found = {}
        listed = shell.git("status --porcelain --untracked-files=all -z").split("\0")
        names = {root: (f"{root}.gitdata", f"{root}/")[not pointer :] for root in ROOTS} | {"code": ("code.txt",)}
        for name, prefixes in names.items():
            marks = [line[:2] for line in listed if line[3:].startswith(prefixes)]
            staged = any(mark[0] not in " ?" for mark in marks)
            found[name] = (staged, any(mark[1] != " " for mark in marks))
        return found

    def staged_by_hand(self, root: str = ".") -> bool:
        """Whether the index differs from the last commit at this root."""
        return self.plain.run(f"git diff --cached --quiet -- {root}", code=None).code != 0

    def keep(self) -> Path:
        """A copy of the plain twin, to undo what the other one refused."""
        copy = self.plain.cwd.with_name(self.plain.cwd.name + ".kept")
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.plain.cwd), str(copy)], check=True)
        return copy

    def put_back(self, copy: Path) -> None:
        """Take up `copy` as the plain twin."""
        shutil.rmtree(self.plain.cwd)
        copy.rename(self.plain.cwd)

    def explain(self, what: str, there: Result | None = None, here: Result | None = None) -> str:
        """What went wrong and the session that led to it."""
        lines = [what, "the session:", *(f"    {line}" for line in self.session)]
        for name, result in (("plain", there), ("git-data", here)):
            if result is not None:
                lines += [f"{name} said:", result.said]
        return "\n".join(lines)


def history(shell: Shell) -> tuple[list[str], list[str]]:
    """Every commit that a ref names or reaches, with its refs, and the stash; ids are left out, as they differ."""
    # Without a look at the work tree: live status has no part in it.
    listed = shell.git("-c core.fsmonitor=false log --all HEAD --decorate=full --format=%s%x00%D%x00%aN")
    stash = shell.cwd / ".git/logs/refs/stash"
    stashed = [line.partition("\t")[2] for line in stash.read_text().splitlines()] if stash.exists() else []
    # What a stash is called ends in the id of a commit; a merge after a pull names the other repository.
    plain = [re.sub(r"\b[0-9a-f]{7,40}\b|(plain|ours)-hub", "ID", line) for line in listed.splitlines() + stashed]
    return sorted(plain[: len(plain) - len(stashed)]), plain[len(plain) - len(stashed) :]


def files(root: Path) -> dict[str, tuple[str, bytes]]:
    """Every file and link below `root`: its kind and its content. Git knows no empty directories."""
    found: dict[str, tuple[str, bytes]] = {}
    for folder, directories, names in os.walk(root):
        for name in [*names, *directories]:
            path = Path(folder) / name
            if path.is_symlink():
                found[str(path.relative_to(root))] = ("link", os.fsencode(os.readlink(path)))
            elif path.is_file():
                executable = bool(path.stat().st_mode & 0o100)
                found[str(path.relative_to(root))] = ("exec" if executable else "file", path.read_bytes())
    return found


def _unlabelled(found: dict[str, tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """The same without what the markers of conflicts call the versions: ids of commits differ."""
    return {path: (kind, re.sub(rb"(?m)^([<|>]{7,}) .*$", rb"\1", content)) for path, (kind, content) in found.items()}


def write(path: Path, text: str) -> None:
    """Put a file there, whatever is in its way."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    for parent in reversed(path.parents):
        if parent.is_file() or parent.is_symlink():
            parent.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    path.write_text(text)


def difference(there: dict[str, tuple[str, bytes]], here: dict[str, tuple[str, bytes]]) -> str:
    """The paths that are not the same, with what they hold."""
    return "; ".join(
        f"{path}: plain {there.get(path)}, git-data {here.get(path)}"
        for path in sorted(there.keys() | here.keys())
        if there.get(path) != here.get(path)
    )
