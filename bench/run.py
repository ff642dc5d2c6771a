"""One tool through the steps of one workload, with `cp -r` beside it, every result compared with a plain copy."""

import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from bench.measure import Measured, measure, prepare, same, size
from bench.s3 import Remote, opened
from bench.tools import TOOLS, Commands
from bench.workloads import Workload, apart

CP = "cp -r"


@dataclass(frozen=True)
class Versions:
    """Plain copies of both versions of a workload."""

    first: Path
    second: Path

    @classmethod
    def make(cls, work: Workload, scratch: Path) -> "Versions":
        first, second = scratch / "first", scratch / "second"
        first.mkdir()
        apart(work.make, first)
        shutil.copytree(first, second)
        apart(work.change, second)
        return cls(first, second)


@dataclass(frozen=True)
class Stored:
    """What lies where after a push."""

    remote_bytes: int
    remote_files: int
    local_bytes: int  # in the repository's own folders


@dataclass
class Outcome:
    """The figures of one run."""

    steps: dict[str, Measured] = field(default_factory=dict)
    copies: dict[str, Measured] = field(default_factory=dict)  # `cp -r` beside the step
    stored: dict[str, Stored] = field(default_factory=dict)

    def plain(self) -> dict[str, dict[str, dict[str, float]]]:
        return {name: {key: asdict(value) for key, value in part.items()} for name, part in vars(self).items()}


class Project:
    """A repository below `scratch` with an empty upstream and an empty data remote."""

    def __init__(self, scratch: Path, environment: dict[str, str], remote: Remote, tool: str, work: Workload) -> None:
        self.top = scratch
        self.repository = scratch / "repository"
        self.work = work
        self.outcome = Outcome()
        self._environment = environment
        self._remote = remote
        hub = scratch / "hub.git"
        self._hub = hub
        self._tool = tool
        self.commands: Commands = TOOLS[tool](remote, " ".join(work.roots), f"file://{hub}")
        prepare(f"git init -q --bare '{hub}' && git init -q repository", scratch, environment)
        self.prepare(f"git remote add origin 'file://{hub}'")
        for command in self.commands.set_up:
            self.prepare(command)
        for root in work.roots:
            shutil.rmtree(self.repository / root, ignore_errors=True)

    def prepare(self, command: str) -> None:
        prepare(command, self.repository, self._environment)

    def copy(self, step: str, source: Path, target: Path) -> None:
        """Bring the data to `target` by `cp -r`, which is measured."""
        roots = " ".join(f"'{source / root}'" for root in self.work.roots)
        self.outcome.copies[step] = measure(f"cp -r {roots} '{target}'", self.top, self._environment)

    def step(self, name: str) -> None:
        command = self.commands.steps.get(name)
        if command is None:
            return
        self._remote.counts()
        found = measure(command, self.repository, self._environment)
        self.outcome.steps[name] = replace(found, **self._remote.counts())
        if name.endswith("push"):
            kept = self._remote.directory if self._tool != "git-lfs" else self._hub
            local = sum(size(self.repository / folder)[0] for folder in self.commands.store)
            self.outcome.stored[name] = Stored(*size(kept), local)


def run(tool: str, work: Workload, versions: Versions, where: tuple[str, Path], environment: dict[str, str]) -> Outcome:
    """The steps of `work`; `where` is the kind of the remote and an empty directory. Raises `Failed`."""
    kind, scratch = where
    with opened(kind, scratch) as remote:
        project = Project(scratch, environment, remote, tool, work)
        for step in work.steps:
            _before(project, step, versions)
            project.step(step)
            _after(project, step, versions)
        return project.outcome


def _before(project: Project, step: str, versions: Versions) -> None:
    work, repository = project.work, project.repository
    if step == "commit":
        project.copy(step, versions.first, repository)
    elif step == "second commit":
        apart(work.change, repository)
    elif step == "scattered commit" and step in project.commands.steps and work.scatter is not None:
        project.prepare("git checkout -q -b scattered")
        apart(work.scatter, repository)
    elif step == "clone":
        copied = project.top / "copied"
        copied.mkdir()
        project.copy(step, versions.second, copied)


def _after(project: Project, step: str, versions: Versions) -> None:
    """A step that brought data back has brought the right data, or its figure is worthless."""
    if step not in project.outcome.steps:
        return
    if step == "checkout":
        same(versions.first, project.repository, project.work.roots)
    elif step == "clone":
        same(versions.second, (project.repository / project.commands.cloned).resolve(), project.work.roots)
