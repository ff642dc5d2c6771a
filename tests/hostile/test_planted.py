"""What a repository brings along is data: nothing of it is run, imported or taken for an option."""

import os
from pathlib import Path

from shell import Shell, project

MODULES = ("boto3", "blake3", "dulwich", "gitdata", "json", "sitecustomize", "tomlkit", "typer", "zstandard", "rich")
PROGRAMS = ("git", "git-data", "python", "python3", "sh", "b3sum", "less")


def plant(repo: Shell, marker: Path, folder: str) -> None:
    """Modules and programs that leave a mark when anybody runs them."""
    for name in MODULES:
        repo.write(f"{folder}{name}.py", f"open({str(marker)!r}, 'a').write({name!r})\n")
    for name in PROGRAMS:
        repo.write(f"{folder}{name}", f"#!/bin/sh\necho {name} >>'{marker}'\n")
        (repo.cwd / folder / name).chmod(0o755)


def test_nothing_in_the_work_tree_is_run_or_imported(shell: Shell, tmp_path: Path) -> None:
    marker = tmp_path / "run"
    repo = project(shell)
    for folder in ("", "data/", "sub/"):
        plant(repo, marker, folder)
    # Git itself looks for its own programs and for ours on PATH: the places of people's first, as they have them.
    places = os.pathsep.join([os.environ["PATH"], "", ".", "sub", ".."])
    everywhere = Shell(repo.cwd, {"PATH": places})
    for line in ("git data track data", "git add -A", "git commit -qm first", "git push -q -u origin main"):
        everywhere.run(line)
    for folder in ("sub", "data"):
        inside = everywhere.cd(folder)
        for line in (
            "git data status",
            "git data ls",
            "git data fsck",
            "git status",
            "git data fetch",
            "git data remote check",
        ):
            inside.run(line)
    everywhere.write("data/new", "new\n")
    for line in (
        "git stash -q",
        "git stash pop -q",
        "git commit -qam second",
        "git checkout -q HEAD~1",
        "git push -q origin main",
    ):
        everywhere.run(line)
    assert not marker.exists()
    repo.same(repo.copy("all", "sub"), "sub")


NAMES = (
    "-x",
    "--upload-pack=touch PWNED;",
    "--output=PWNED",
    "-rf",
    "--",
    "@{0}",
    ":(top)x",
    "a b;touch PWNED",
    "$(touch PWNED)",
)


def test_a_name_is_never_an_option_nor_a_pattern(shell: Shell) -> None:
    """Roots, files and branches that are called like options, pathspecs or commands of a shell."""
    repo = project(shell)
    for name in (*NAMES, "data"):
        repo.write(f"{name}/{name}", f"first {name}\n")
    quoted = " ".join(f"'{name}'" for name in NAMES)
    repo.run(f"git data track -- data {quoted}")
    repo.git("add -A")
    repo.git("commit -qm first")
    for name in ("-f", "--mirror", "-;touch-PWNED", "HEAD"):
        repo.run(f"git update-ref 'refs/heads/{name}' HEAD")
    for name in NAMES:
        repo.write(f"{name}/{name}", f"second {name}\n")
    assert len(repo.git("status --porcelain").splitlines()) == len(NAMES)
    repo.git("commit -qam second")
    repo.run("git push -q --all origin")
    for line in (
        "git data status",
        "git data fsck",
        "git data fsck --remote origin",
        "git data fetch",
        "git data push --all",
    ):
        repo.run(line)
    for name in NAMES:
        assert repo.run(f"git data ls -- './{name}'").out.count("\n") == 1
        (repo.cwd / name / name).unlink()
        repo.run(f"git data checkout --force -- '{name}'")
    second = repo.copy("second", *NAMES)
    repo.git("checkout -q HEAD~1 --")
    for name in NAMES:
        assert repo.read(f"{name}/{name}").decode() == f"first {name}\n"
    shell.git("clone -q --branch main hub.git clone")
    clone = shell.cd("clone")
    clone.run("git data init", code=None)
    clone.run("git data trust")
    clone.run("git data pull")
    clone.same(second, *NAMES)
    assert not list(shell.cwd.rglob("PWNED"))
