"""A repository with git-data beside one in which Git itself tracks the same files: both live the same session."""

from dataclasses import dataclass
from pathlib import Path

from shell import Result, Shell, project


@dataclass
class Beside:
    """The same place twice: `ours` has its data in git-data, in `plain` Git tracks the files themselves."""

    ours: Shell
    plain: Shell

    def git(self, command: str, *, code: int | None = 0) -> Result:
        """Run `git COMMAND` in both; the exit codes have to agree. What ours said."""
        there = self.plain.run(f"git {command}", code=code)
        here = self.ours.run(f"git {command}", code=code)
        assert here.code == there.code, f"{command}: {there.code} in plain Git, {here.code}\n{here.said}"
        return here

    def write(self, path: str, content: str) -> None:
        for shell in (self.ours, self.plain):
            shell.write(path, content)

    def commit(self, message: str) -> None:
        """Record everything: with git-data `commit -a` does, plain Git has to be told of new files."""
        self.plain.git("add -A data")
        self.git(f"commit -qam {message}")

    def cd(self, path: str) -> "Beside":
        return Beside(self.ours.cd(path), self.plain.cd(path))

    def same(self, *roots: str) -> None:
        """The data is equal, both are clean or neither is, and the history is the same."""
        for root in roots or ("data",):
            assert present(self.plain, root) == present(self.ours, root), root
            if present(self.plain, root):
                self.ours.same(self.plain.cwd, root)
        assert self.ours.clean == self.plain.clean, self.ours.git("status")
        assert subjects(self.ours) == subjects(self.plain)


def subjects(shell: Shell) -> list[str]:
    """What the commits of all branches and tags are called; in one second their order is open."""
    return sorted(shell.git("log --format=%s --branches --tags").splitlines())


def present(shell: Shell, path: str) -> bool:
    """Whether there is a file, a link or a directory of that name."""
    return (shell.cwd / path).exists() or (shell.cwd / path).is_symlink()


def beside(shell: Shell) -> Beside:
    """Two projects with the same code and the same first version of `data`, each with its bare `hub.git`."""
    places = []
    for name in ("ours", "plain"):
        (shell.cwd / name).mkdir()
        places.append(Shell(shell.cwd / name, shell.environment))
    ours, other = places
    repo = project(ours)
    other.git("init -q --bare hub.git")
    other.git("init -q project")
    plain = other.cd("project")
    plain.git("remote add origin ../hub.git")
    pair = Beside(repo, plain)
    pair.write("code.py", "print(1)\n")
    pair.write(".gitignore", "*.pyc\n")
    pair.git("add code.py .gitignore")
    pair.git("commit -qm code")
    pair.write("data/a.txt", "one\n")
    pair.write("data/sub/b.txt", "b\n")
    for tree in (repo, plain):
        (tree.cwd / "data/run.sh").write_text("#!/bin/sh\n")
        (tree.cwd / "data/run.sh").chmod(0o755)
        (tree.cwd / "data/link").symlink_to("sub/b.txt")
    repo.git("data track data")
    pair.commit("one")
    return pair


def somewhere_else(shell: Shell, name: str, url: str, *, bucket: Path, options: str = "") -> Shell:
    """A clone by somebody with a HOME of their own who has installed git-data and knows only that data remote."""
    home = shell.cwd / f"home-{name}"
    home.mkdir()
    settings = home / ".gitconfig"
    settings.write_text('[protocol "file"]\n\tallow = always\n[init]\n\tdefaultBranch = main\n')
    person = Shell(shell.cwd, {**shell.environment, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(settings)})
    person.run("git data install")
    person.git(f"config --global gitdata.trust {bucket}")
    person.git(f"clone -q {options} {url} {name}")
    return person.cd(name)
