"""What the scenarios of the hook managers have in common: a project, and what the person's own hooks wrote down."""

from collections.abc import Mapping
from pathlib import Path

from shell import Shell


def code_only(shell: Shell, settings: str, text: str) -> Shell:
    """A project with a hub, where git-data is not set up yet, and a commit of code and of a manager's settings."""
    shell.git("init -q --bare hub.git")
    shell.git("init -q project")
    repo = shell.cd("project")
    repo.git("remote add origin ../hub.git")
    repo.write(settings, text)
    repo.write("code.py", "1\n")
    repo.git("add .")
    repo.git("commit -qm code")
    return repo


def start(repo: Shell) -> None:
    """Set git-data up and commit some data."""
    repo.git("data init")
    if not (repo.cwd / "data.gitdata").exists():
        repo.git(f"data remote add origin {repo.cwd.parent / 'bucket'}")
        repo.write("data/a.txt", "one\n")
        repo.git("data track data")
        repo.git("commit -qm data")


def noted(repo: Shell) -> list[str]:
    """What the person's own hooks wrote down, and forget it."""
    file = repo.cwd.parent / "noted"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def files(directory: Path) -> Mapping[str, bytes]:
    return {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}


def commit_edit(repo: Shell, text: str, *more: str) -> None:
    """Edit data and code, and commit the code and what `more` names: the data goes along, and all is clean."""
    noted(repo)
    repo.write("data/a.txt", text)
    repo.write("code.py", text)
    repo.git(f"add {' '.join(('code.py', *more))}")
    repo.git("-c core.fsmonitor=false commit -qm edit")
    assert "data.gitdata" in repo.git("show --name-only --format= HEAD").split()
    assert repo.git("status --porcelain") == ""
