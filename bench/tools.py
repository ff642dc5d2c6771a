"""The tools that are compared, each as the commands a person types."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Measured, measure


@dataclass
class Project:
    """One repository with data in `data/`, its upstream and its data remote, below `directory`."""

    directory: Path
    environment: dict[str, str]
    steps: dict[str, Measured] = field(default_factory=dict)

    @property
    def repository(self) -> Path:
        return self.directory / "repository"

    def prepare(self, *commands: str) -> None:
        for command in commands:
            subprocess.run(
                command, shell=True, cwd=self.repository, env=self.environment, check=True, capture_output=True
            )

    def step(self, name: str, command: str, cwd: Path | None = None) -> Measured:
        found = measure(command, cwd or self.repository, self.environment)
        self.steps[name] = found
        return found


def environment(home: Path, programs: Path) -> dict[str, str]:
    """A sealed environment in which `programs` come first on the PATH."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "gitconfig").write_text(
        "[init]\n\tdefaultBranch = main\n[user]\n\tname = bench\n\temail = bench@example.com\n"
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )
    return {
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "LC_ALL": "C.UTF-8",
    }


def start(project: Project) -> None:
    """An empty repository with a bare upstream."""
    project.directory.mkdir(parents=True)
    for command in (
        "git init -q --bare hub.git",
        "git init -q repository",
        "git -C repository remote add origin ../hub.git",
    ):
        subprocess.run(command.split(), cwd=project.directory, env=project.environment, check=True)


def copied(source: Path, target: Path, environment: dict[str, str]) -> Measured:
    """`cp -r`, the measure of all things."""
    found = measure(f"cp -r '{source}' '{target}'", source.parent, environment)
    shutil.rmtree(target)
    return found


GIT_DATA = {
    "set-up": (
        "git data init",
        "git data remote add origin ../bucket",
        "mkdir -p data",
        "git data track data",
        "git commit -qm start",
    ),
    "commit": "git commit -qam version",
    "status": "git status --porcelain",
    "push": "git push -q origin main",
    "checkout": "git checkout -q HEAD~1",
    "clone": "git clone -q ../hub.git ../clone && cd ../clone && (git data init; git data trust && git data pull)",
}
DVC = {
    "set-up": ("dvc init -q", "dvc remote add -q -d origin ../bucket", "git add -A", "git commit -qm start"),
    "commit": "dvc add -q data && git add -A && git commit -qm version",
    "status": "dvc status -q",
    "push": "dvc push -q && git push -q origin main",
    "checkout": "git checkout -q HEAD~1 && dvc checkout -q",
    "clone": "git clone -q ../hub.git ../clone && cd ../clone"
    " && dvc remote add -q -f -d origin ../bucket && dvc pull -q",
}
